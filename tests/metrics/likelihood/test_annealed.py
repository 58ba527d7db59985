import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import multivariate_normal, norm
from tensorflow_probability import distributions as tfd

import ganzoo
from ganzoo.metrics import likelihood
from ganzoo.metrics.likelihood.annealed import schedule

VARIANCE = 0.1


def linear(latents=5, pixels=10, seed=0):
    """A decoder N(A z + b, 0.1 I) and its exact log density."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(pixels, latents)) / np.sqrt(latents)
    offset = rng.normal(size=pixels)
    a, b = (tf.constant(values, tf.float32) for values in (matrix, offset))

    def conditional(z):
        return tfd.Independent(tfd.Normal(z @ tf.transpose(a) + b, VARIANCE**0.5), 1)

    covariance = matrix @ matrix.T + VARIANCE * np.eye(pixels)
    return likelihood.Decoder(latents, conditional), multivariate_normal(offset, covariance)


@pytest.mark.parametrize("seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2))])
def test_both_directions_are_near_the_exact_likelihood_of_a_linear_decoder(seed):
    decoder, exact = linear(seed=seed)
    x, _ = decoder.simulate(8, seed)
    bounds = likelihood.bidirectional_bounds(
        decoder, num_examples=8, num_distributions=2000, num_chains=32, seed=seed
    )
    forward, reverse = bounds.lower - exact.logpdf(x), bounds.upper - exact.logpdf(x)
    assert abs(forward.mean()) < 0.15 and np.abs(forward).max() < 0.5
    assert abs(reverse.mean()) < 0.15 and np.abs(reverse).max() < 0.5
    assert bounds.gap == pytest.approx((reverse - forward).mean())


@pytest.mark.thorough
def test_few_distributions_show_the_sign_of_each_error():
    """Sixteen chains of 50 distributions are off by nats, below forward and above back."""
    decoder, exact = linear()
    x, _ = decoder.simulate(100, seed=3)
    bounds = likelihood.bidirectional_bounds(
        decoder, num_examples=100, num_distributions=50, num_chains=16, seed=3
    )
    assert -4.0 < (bounds.lower - exact.logpdf(x)).mean() < -0.5
    assert 0.2 < (bounds.upper - exact.logpdf(x)).mean() < 4.0
    assert bounds.gap > 1.0


@pytest.mark.parametrize(
    ("slope", "variance", "x", "distributions", "slack"),
    # Four standard errors. A weight that is taken after the move is 5 and 16 of them off, a move at
    # the temperature before 6 and 12, one under a prior of too large a variance 11 and less than 1.
    [(1.0, 1.0, 2.0, 100, 0.007), (3.0, 0.5, 1.0, 10, 0.013)],
)
def test_weights_have_the_mean_that_they_estimate(slope, variance, x, distributions, slack):
    decoder = likelihood.Decoder(
        1, lambda z: tfd.Independent(tfd.Normal(slope * z, variance**0.5), 1)
    )
    [estimate] = likelihood.annealed_importance(
        decoder, np.array([[x]]), distributions, num_chains=200_000, seed=3
    )
    exact = norm.logpdf(x, 0.0, (slope**2 + variance) ** 0.5)
    assert abs(np.exp(estimate - exact) - 1.0) < slack


def test_chains_without_xla_are_as_near():
    decoder, exact = linear()
    decoder = dataclasses.replace(decoder, jit_compile=False)
    x, _ = decoder.simulate(8, seed=0)
    estimates = likelihood.annealed_importance(decoder, x, 500, num_chains=32)
    assert abs((estimates - exact.logpdf(x)).mean()) < 0.3


def test_one_distribution_is_the_mean_likelihood_under_the_prior():
    decoder, _ = linear(latents=1, pixels=1)
    x = np.array([[0.3], [-0.2]], "float32")
    estimate = likelihood.annealed_importance(decoder, x, 1, num_chains=20_000, seed=1)
    z = np.random.default_rng(0).normal(size=(1, 20_000, 1)).astype("float32")
    density = np.exp(
        decoder.log_likelihood(tf.constant(x), tf.constant(np.repeat(z, 2, 0).transpose(1, 0, 2)))
    )
    np.testing.assert_allclose(estimate, np.log(density.mean(axis=0)), atol=0.05)


def test_schedule():
    betas = schedule(1000)
    assert betas.shape == (1001,) and betas[0] == 0.0 and betas[-1] == 1.0
    assert (np.diff(betas) > 0).all() and betas[500] == pytest.approx(0.5)
    # logistic(-4) = 0.01798621, logistic(-2) = 0.11920292
    assert betas[250] == pytest.approx((0.11920292 - 0.01798621) / (1 - 2 * 0.01798621))


def test_what_is_done_is_kept_for_the_same_decoder_and_data(tmp_path):
    decoder, _ = linear(latents=2, pixels=3)
    x, _ = decoder.simulate(4, 0)
    settings = {"num_distributions": 5, "num_chains": 2, "leapfrog_steps": 1}
    path = tmp_path / "annealing.npz"
    first = likelihood.annealed_importance(decoder, x, resume=path, **settings)
    again = likelihood.annealed_importance(
        decoder, x, resume=path, progress=lambda *_: pytest.fail("done before"), **settings
    )
    np.testing.assert_array_equal(first, again)
    other, _ = linear(latents=2, pixels=3, seed=1)
    for changed in ((other, x), (decoder, x[::-1])):
        with pytest.raises(ValueError, match="other data or settings"):
            likelihood.annealed_importance(*changed, resume=path, **settings)


def test_decoders_of_models():
    vae = ganzoo.create("vae", (3,), seed=0, observation_scale=0.5)
    gan = ganzoo.create("wgan_gp", (3,), seed=0, latent_dim=2)
    z, x = tf.constant([[0.3, -1.0]]), tf.constant([[0.1, 0.2, -0.3]])
    for decoder, decoded, scale in (
        (likelihood.decoder_of(vae), vae.decoder(z), 0.5),
        (likelihood.decoder_of(gan, variance=0.04), gan.generator(z), 0.2),
    ):
        expected = -0.5 * ((x - decoded) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))
        found = decoder.log_likelihood(x, z[None])
        assert found.shape == (1, 1)
        np.testing.assert_allclose(found, [[np.sum(expected)]], rtol=1e-5)
    with pytest.raises(ValueError, match="give sigma"):
        likelihood.decoder_of(gan)
    with pytest.raises(ValueError, match="leave it out"):
        likelihood.decoder_of(vae, variance=0.1)
    with pytest.raises(ValueError, match="latent_distribution='uniform'"):
        likelihood.decoder_of(ganzoo.create("dcgan", (8, 8, 1), seed=0), variance=0.1)
    with pytest.raises(ValueError, match="latent_distribution=None"):  # chains draw the latents
        likelihood.decoder_of(ganzoo.create("rbm", (4,), seed=0), variance=0.1)
    of_bits = ganzoo.create("reinforce_gan", (4,), seed=0, latent_distribution="normal")
    with pytest.raises(ValueError, match=r"variance=0\.1: samples of .* are discrete"):
        likelihood.decoder_of(of_bits, variance=0.1)


def test_any_generator_decodes_and_models_of_several_steps_are_refused():
    flow = ganzoo.create("real_nvp", (4,), seed=0)
    z, x = tf.random.stateless_normal([1, 2, 4], [1, 2]), tf.zeros([2, 4])
    found = likelihood.decoder_of(flow, variance=0.04).log_likelihood(x, z)
    scaled = (flow(z[0], training=False) / 0.2) ** 2
    expected = -0.5 * tf.reduce_sum(scaled, axis=1) - 4 * np.log(0.2 * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)
    for name in ("draw", "iwae_two_layers"):
        model = ganzoo.create(name, (4,), seed=0, **ganzoo.registry.get(name).tiny)
        for variance in (None, 0.1):
            with pytest.raises(ValueError, match="use importance_bound"):
                likelihood.decoder_of(model, variance)


@pytest.mark.parametrize("count", ["num_distributions", "num_chains", "leapfrog_steps"])
def test_counts_are_checked(count):
    decoder, _ = linear()
    with pytest.raises(ValueError, match=f"{count}=0: give an integer of at least 1"):
        likelihood.annealed_importance(decoder, np.zeros((1, 10)), **{count: 0})


def test_chains_through_convolutions_are_not_compiled_on_a_processor():
    dense = ganzoo.create("wgan_gp", (3,), seed=0)
    convolutional = ganzoo.create("dcgan", (8, 8, 1), seed=0, latent_distribution="normal")
    assert likelihood.decoder_of(dense, variance=0.1).jit_compile
    on_processor = all(each.device_type == "CPU" for each in tf.config.list_logical_devices())
    decoder = likelihood.decoder_of(convolutional, variance=0.1)
    assert decoder.jit_compile == (not on_processor)
