import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.data import bits
from ganzoo.models.likelihood.dlgm import DLGM
from ganzoo.networks import dlgm_decoder

SCALE = 0.7
SEED = tf.constant([5, 2], tf.int64)
OFFSET = np.array([0.3, -0.2, 0.5, 0.1])
X = np.array([[0.9, -1.1, 1.7, 0.4], [0.0, 0.6, -0.8, -1.5]])
SIZES = (3, 1)

# h_1 = TOP xi_2 + INNER xi_1: layer 1 acts along the first two columns of the loadings, layer 2
# along the third, which is orthogonal to both; so the exact posterior has no correlation of layers.
INNER = np.diag([1.0, 1.0, 0.0])
TOP = np.array([[0.0], [0.0], [1.3]])
LOADINGS = {
    "orthogonal": np.array([[1.0, 0.5, 0.2], [1.0, -0.5, 0.2], [0.5, 0.0, -0.8], [0.0, 0.0, 0.0]]),
    "oblique": np.array([[1.0, 0.9, 0.2], [1.0, 0.4, 0.2], [0.5, 0.325, -0.8], [0.0, 0.0, 0.0]]),
}


def linear_decoder(loadings):
    """loadings (TOP xi_2 + INNER xi_1) + OFFSET: the recipe's network without hidden layers."""
    decoder = dlgm_decoder((4,), SIZES, units=())
    values = (np.ones((1, 1)), TOP.T, np.zeros(3), INNER, loadings.T, OFFSET)
    by_shape = {value.shape: value for value in values}
    for weight in decoder.trainable_variables:
        weight.assign(by_shape[tuple(weight.shape)])
    return decoder


def linear_encoder(gain, offset, layers):
    """mu = gain x + offset, and for each layer (log D,) or (log D, u), whatever x is."""
    sample = keras.Input((4,))
    dense = [keras.layers.Dense(size * (1 + len(layer))) for size, layer in zip(SIZES, layers)]
    encoder = keras.Model(sample, [layer(sample) for layer in dense])
    start = 0
    for layer, size, values in zip(dense, SIZES, layers):
        part = slice(start, start + size)
        kernel = np.concatenate([gain[part].T, np.zeros((4, size * len(values)))], axis=1)
        layer.set_weights([kernel, np.concatenate([offset[part], *values])])
        start += size
    return encoder


class Linear:
    """A linear DLGM, its exact posterior N(mean, precision^-1) at X, and log N(X)."""

    def __init__(self, loadings):
        self.loadings = loadings
        weights = np.concatenate([loadings @ INNER, loadings @ TOP], axis=1)
        self.precision = np.eye(4) + weights.T @ weights / SCALE**2
        self.gain = np.linalg.solve(self.precision, weights.T) / SCALE**2
        self.mean = (X - OFFSET) @ self.gain.T
        covariance = weights @ weights.T + SCALE**2 * np.eye(4)
        difference = X - OFFSET
        quadratic = np.sum(difference * np.linalg.solve(covariance, difference.T).T, axis=1)
        self.log_evidence = -0.5 * (quadratic + np.linalg.slogdet(2 * np.pi * covariance)[1])

    def model(self, covariance, shift=0.0):
        """The DLGM whose q has the exact mean plus `shift`, and as much of the precision as fits.

        "diagonal": its diagonal; "rank_one": also the correlation within layer 1.
        """
        diagonal = np.diag(self.precision)
        layers = [[np.log(diagonal[:3])], [np.log(diagonal[3:])]]
        if covariance == "rank_one":
            off = self.precision[0, 1]
            direction = np.sqrt(abs(off)) * np.array([1.0, np.sign(off), 0.0])
            layers = [[np.log(diagonal[:3] - direction**2), direction], [layers[1][0], [0.0]]]
        encoder = linear_encoder(self.gain, shift - self.gain @ OFFSET, layers)
        return DLGM(
            encoder,
            linear_decoder(self.loadings),
            likelihood="gaussian",
            observation_scale=SCALE,
            value_range=None,
            seed=0,
        )

    def gap(self, variance, shift=0.0):
        """KL(N(mean + shift, diag variance) || the exact posterior)."""
        shift = np.broadcast_to(shift, 4)
        return 0.5 * (
            np.diag(self.precision) @ variance
            + shift @ self.precision @ shift
            - 4
            - np.linalg.slogdet(self.precision)[1]
            - np.log(variance).sum()
        )


def log_weights(model, count=4000):
    return np.float64(model.log_weights(tf.constant(X, tf.float32), count, SEED))


@pytest.mark.parametrize(
    ("loadings", "covariance"),
    [("orthogonal", "diagonal"), ("orthogonal", "rank_one"), ("oblique", "rank_one")],
)
def test_every_weight_is_the_evidence_where_q_is_the_exact_posterior(loadings, covariance):
    linear = Linear(LOADINGS[loadings])
    correlation = linear.precision[0, 1]
    assert abs(correlation) > 1 if loadings == "oblique" else abs(correlation) < 1e-12
    weights = log_weights(linear.model(covariance), 50)
    np.testing.assert_allclose(weights, np.tile(linear.log_evidence, (50, 1)), atol=2e-5)


@pytest.mark.parametrize("shift", [0.0, 0.25])
def test_bound_is_lower_by_the_kl_to_the_exact_posterior(shift):
    linear = Linear(LOADINGS["oblique"])
    model = linear.model("diagonal", shift)
    gap = linear.gap(1 / np.diag(linear.precision), shift)
    weights = log_weights(model)
    error = weights.std(axis=0) / np.sqrt(len(weights))
    assert gap > 20 * error.max()
    assert np.all(np.abs(weights.mean(axis=0) - linear.log_evidence + gap) < 4 * error)
    # The mean weight itself is without bias.
    ratios = np.exp(weights - linear.log_evidence)
    error = ratios.std(axis=0) / np.sqrt(len(weights))
    assert np.all(np.abs(ratios.mean(axis=0) - 1) < 4 * error)


def test_one_layer_of_noise():
    """Then the encoder has one output, which is no list."""
    model = ganzoo.create("dlgm", (4,), seed=0, latent_dim=(3,), likelihood="gaussian")
    x = tf.constant(np.tile(0.5 + X / 4, (4, 1)), tf.float32)
    code = model.encode(x)["mean"]
    np.testing.assert_array_equal(code, model.encoder(x)[:, :3])
    assert code.shape == (8, 3) and model.log_weights(x, 5, SEED).shape == (5, 8)
    before = model.evaluate(x, verbose=0)[0]
    model.fit(x, batch_size=8, epochs=20, verbose=0)
    assert model.evaluate(x, verbose=0)[0] < before


@pytest.mark.parametrize("covariance", ["diagonal", "rank_one"])
def test_loss_is_the_negative_bound(covariance):
    linear = Linear(LOADINGS["oblique"])
    model = linear.model(covariance, shift=0.25)
    rows = tf.constant(np.tile(X, (20_000, 1)), tf.float32)
    estimate = -float(model.negative_elbo(rows, SEED, training=False))
    shift = np.full(4, 0.25)
    gap = 0.5 * shift @ linear.precision @ shift
    if covariance == "diagonal":
        gap = linear.gap(1 / np.diag(linear.precision), 0.25)
    assert estimate == pytest.approx(linear.log_evidence.mean() - gap, abs=0.02)
    logs = model.logs()
    total = float(logs["reconstruction_loss"] + logs["kl_divergence"])
    assert total == pytest.approx(-estimate, rel=1e-5)


def test_divergence_is_summed_over_layers():
    """KL of every layer once: its golden value for (1, -2), variances (1, 4), in each of two."""
    sample = keras.Input((3,))
    dense = [keras.layers.Dense(4, kernel_initializer="zeros") for _ in range(2)]
    encoder = keras.Model(sample, [layer(sample) for layer in dense])
    for layer in dense:
        layer.bias.assign([1.0, -2.0, 0.0, -np.log(4)])
    decoder = dlgm_decoder((3,), (2, 2), units=(4,))
    model = DLGM(encoder, decoder, value_range=(0.0, 1.0), seed=0)
    assert model.layer_sizes == [2, 2] and model.latent_dim == 4
    model.negative_elbo(tf.ones([5, 3]), SEED, training=False)
    np.testing.assert_allclose(model.logs()["kl_divergence"], 2 * 3.3068528194, rtol=1e-6)
    codes = model.encode(tf.ones([5, 3]))
    np.testing.assert_allclose(codes["mean"][0], [1, -2, 1, -2], rtol=1e-6)
    np.testing.assert_allclose(
        codes["log_variance"][0], [0, np.log(4), 0, np.log(4)], rtol=1e-5, atol=1e-6
    )
    probabilities = tf.sigmoid(decoder(codes["mean"]))
    np.testing.assert_allclose(model.reconstruct(tf.ones([5, 3]))["image"], probabilities, 1e-5)


def test_encoder_has_to_fit_the_decoder():
    sample = keras.Input((3,))
    encoder = keras.Model(sample, [keras.layers.Dense(5)(sample)])
    with pytest.raises(ValueError, match=r"gives \[5\] parameters for 4 dimensions"):
        DLGM(encoder, dlgm_decoder((3,), (2, 2)), value_range=(0.0, 1.0))


@pytest.mark.parametrize("name", ["likelihood", "observation_scale"])
def test_settings_are_checked(name):
    with pytest.raises(ValueError, match=f"{name}=-1"):
        ganzoo.create("dlgm", (3,), **{name: -1})


def bars_nll(seed, name, **settings):
    """Mean 1000-sample bound of -log p over the 30 patterns of bars, after 3000 steps."""
    patterns = bits.bars_and_stripes_patterns().astype("float32")
    draws = np.random.default_rng(seed).integers(30, size=30_000)
    model = ganzoo.create(
        name,
        (16,),
        seed=seed,
        likelihood="bernoulli",
        value_range=(0.0, 1.0),
        optimizer=keras.optimizers.Adam(3e-3),
        jit_compile=True,
        steps_per_execution=100,
        **settings,
    )
    model.fit(patterns[draws], batch_size=100, epochs=10, verbose=0)
    weights = np.float64(model.log_weights(tf.constant(patterns), 1000, SEED))
    return -(np.logaddexp.reduce(weights, axis=0) - np.log(1000)).mean()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_two_layers_do_as_well_on_bars_as_one(seed):
    network = {"units": (64,)}
    one = bars_nll(seed, "vae", latent_dim=4, encoder=network, decoder=network)
    two = bars_nll(seed, "dlgm", latent_dim=(4, 4), encoder=network, decoder=network)
    assert np.log(30) - 0.02 < two <= one + 0.3
    assert one < 6.2
