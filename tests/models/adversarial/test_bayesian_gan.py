import warnings

import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.optimizers import SGHMC
from tests.models.steps import (
    assert_same_weights,
    copy,
    descend,
    draws_of,
    examples,
    mean,
    members,
    small,
)


def bayesian(generators=3, discriminators=2, **settings):
    return small(
        "bayesian_gan",
        latent_dim=3,
        generator={"units": (5,), "activation": "tanh", "members": generators},
        discriminator={"units": (6,), "activation": "tanh", "members": discriminators},
        **settings,
    )


@pytest.mark.parametrize("generators, discriminators", [(3, 2), (1, 1)])
def test_train_step_is_a_game_of_every_pair(generators, discriminators, monkeypatch):
    model = bayesian(generators, discriminators)
    assert (model.num_generators, model.num_discriminators) == (generators, discriminators)
    ds, gs = (
        [copy(member) for member in members(network)]
        for network in (model.discriminator, model.generator)
    )
    x, draws = examples(6), draws_of(model, monkeypatch)
    logs = model.train_step(x)
    first, second = (np.split(values, generators, axis=1) for values in draws)

    fakes = [g(z) for g, z in zip(gs, first)]
    d_losses = [
        descend(
            d,
            lambda d=d: (
                mean(tf.nn.softplus(-d(x)))
                + sum(mean(tf.nn.softplus(d(fake))) for fake in fakes) / generators
            ),
        )
        for d in ds
    ]
    g_losses = [
        descend(
            g,
            lambda g=g, z=z: sum(mean(tf.nn.softplus(-d(g(z)))) for d in ds) / discriminators,
        )
        for g, z in zip(gs, second)
    ]
    for found, expected in zip(members(model.discriminator), ds):
        assert_same_weights(found, expected)
    for found, expected in zip(members(model.generator), gs):
        assert_same_weights(found, expected)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(d_losses), rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(np.mean(g_losses), rel=1e-4)


def test_predictions_are_averaged_over_the_discriminators():
    model, x = bayesian(discriminators=3), examples(6)
    found = model.discriminate(x)
    each = [tf.sigmoid(d(x))[:, 0] for d in members(model.discriminator)]
    np.testing.assert_allclose(found["probability"], np.mean(each, axis=0), rtol=1e-5)
    np.testing.assert_allclose(tf.sigmoid(found["score"]), np.stack(each, axis=1), rtol=1e-5)
    assert np.std(each, axis=0).min() > 1e-3  # so that their mean is none of them


def test_the_last_latent_chooses_the_generator():
    model = bayesian(generators=4)
    latents = tf.constant(np.random.default_rng(0).uniform(-1, 1, (8, 3)), tf.float32)
    choices = tf.constant([-0.99, -0.51, -0.49, -0.01, 0.01, 0.49, 0.51, 0.99])[:, None]
    samples = model.decode(tf.concat([latents[:, :2], choices], axis=1))
    for row, member in enumerate([0, 0, 1, 1, 2, 2, 3, 3]):
        own = members(model.generator)[member](latents[row : row + 1, :2])
        np.testing.assert_allclose(samples[row], own[0], rtol=1e-5)
    shares = np.bincount(np.floor(4 * (model.sample_latents(4000, 0)[:, -1] + 1) / 2).astype(int))
    assert np.abs(shares / 4000 - 0.25).max() < 0.03


def test_the_recipe_draws_from_the_posterior():
    model = ganzoo.create("bayesian_gan", (2,), seed=0)
    assert (model.num_generators, model.num_discriminators) == (10, 2)
    for name in model.optimizer_names:
        assert isinstance(getattr(model, name), SGHMC)
    assert model.generator_optimizer.seed != model.discriminator_optimizer.seed


CLUSTERS = np.array([[-1.0, 0.0], [1.0, 0.0]])


def share_near(points, center):
    return np.mean(np.linalg.norm(points - center, axis=1) < 0.4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_chains_differ_and_cover_two_clusters_together(seed):
    rng = np.random.default_rng(seed)
    data = CLUSTERS[rng.integers(2, size=2560)]
    data = (data + 0.1 * rng.normal(size=data.shape)).astype("float32")
    model = trained_on(data, seed)
    latents = model.sample_latents(1000, seed=0)[:, :-1]
    clouds = [member(latents).numpy() for member in members(model.generator)]
    # Each chain settles on one cluster, which none of an untrained ensemble is near enough for.
    near = [[share_near(cloud, center) for center in CLUSTERS] for cloud in clouds]
    assert np.max(near, axis=1).min() > 0.7, near
    assert set(np.argmax(near, axis=1)) == {0, 1}, near
    everything = model.generate(4000, seed=0).numpy()
    for center in CLUSTERS:
        assert share_near(everything, center) > 0.2


def trained_on(data, seed):
    """Four generators and two discriminators after 3,000 steps."""
    optimizers = {
        f"{name}_optimizer": SGHMC(
            1e-3, num_examples=len(data), friction=0.1, prior_std=10.0, seed=offset
        )
        for offset, name in enumerate(("generator", "discriminator"))
    }
    model = ganzoo.create(
        "bayesian_gan",
        (2,),
        seed=seed,
        generator={"members": 4, "units": (64, 64)},
        discriminator={"units": (64, 64)},
        jit_compile=True,
        steps_per_execution=50,
        **optimizers,
    )
    model.fit(data, batch_size=256, epochs=10, steps_per_epoch=300, verbose=0)
    return model


def test_the_seed_of_the_model_decides_the_noise_of_the_weights():
    def seeds(seed):
        model = ganzoo.create("bayesian_gan", (2,), seed=seed)
        return model.generator_optimizer.seed, model.discriminator_optimizer.seed

    assert seeds(1) == seeds(1)
    assert len({*seeds(1), *seeds(2)}) == 4


def test_another_number_of_examples_is_warned_of():
    model = ganzoo.create("bayesian_gan", (2,), seed=0, generator={"members": 2, "units": (4,)})
    points = np.zeros((8, 2), "float32")
    with pytest.warns(UserWarning, match=r'counts 25600 examples, x has 8: .*"num_examples": 8'):
        model.fit(points, batch_size=8, verbose=0)
    for name in ("generator", "discriminator"):
        getattr(model, f"{name}_optimizer").num_examples = 8
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.fit(points, batch_size=8, verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_discriminators_do_not_win_on_images(seed):
    digits = ganzoo.data.load("digits")
    model = ganzoo.create(
        "bayesian_gan",
        digits.data_shape,
        seed=seed,
        generator={"members": 2, "width": 16},
        discriminator={"members": 1, "width": 16},
    )
    with pytest.warns(UserWarning, match="counts 60000 examples"):
        history = model.fit(digits.scaled(), batch_size=64, epochs=20, verbose=0).history
    # One that cannot tell has 2 log 2; under equal rates of both players it was 0.08 to 0.15.
    assert 0.8 < history["discriminator_loss"][-1] < 1.6
