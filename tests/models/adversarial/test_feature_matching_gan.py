import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.losses import feature_matching
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    mean,
    small,
)


def hidden(discriminator, points):
    """Features [N, 6] of the perceptron of `small`, with its weights by hand."""
    kernel, bias = discriminator.weights[:2]
    return tf.tanh(points @ tf.convert_to_tensor(kernel) + tf.convert_to_tensor(bias))


def test_loss_by_hand():
    loss = feature_matching.generator_loss(
        tf.constant([1.0, 2.0, 4.0]), tf.constant([0.0, 2.0, 6.0])
    )
    assert float(loss) == 1.0 + 0.0 + 4.0


def test_train_step_matches_the_means_of_the_last_hidden_layer():
    model = small("feature_matching_gan")
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    def discriminator_objective():
        d_real, d_fake = tf.sigmoid(a(x)), tf.sigmoid(a(g(record.latents[0])))
        return -mean(tf.math.log(d_real)) - mean(tf.math.log(1 - d_fake))

    def generator_objective():
        f_real, f_fake = hidden(a, x), hidden(a, g(record.latents[1]))
        return tf.reduce_sum((tf.reduce_mean(f_real, 0) - tf.reduce_mean(f_fake, 0)) ** 2)

    losses = descend(a, discriminator_objective), descend(g, generator_objective)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(losses[0], rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(losses[1], rel=1e-4)


def test_equal_means_have_no_loss_and_no_gradient():
    """Samples that mirror the data about their mean, under features that are linear."""
    x = examples(6)
    mirrored = 2 * tf.reduce_mean(x, axis=0, keepdims=True) - x
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, use_bias=False)])
    discriminator = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)]
    )
    model = ganzoo.create(
        "feature_matching_gan", (3,), generator=generator, discriminator=discriminator, seed=0
    )
    generator.set_weights([np.eye(3)])
    with tf.GradientTape() as tape:
        means = [model.batch_mean(model.features(points)) for points in (x, generator(mirrored))]
        loss = model.matching_loss(*means)
    assert float(loss) == pytest.approx(0, abs=1e-11)
    [gradient] = tape.gradient(loss, generator.trainable_variables)
    np.testing.assert_allclose(gradient, 0, atol=1e-5)


def test_the_features_are_no_network_of_their_own():
    model = small("feature_matching_gan")
    assert len(model.weights) == len(model.generator.weights + model.discriminator.weights) + 1
    model.discriminator.set_weights([0.5 * w for w in model.discriminator.get_weights()])
    x = examples(4)
    np.testing.assert_allclose(model.features(x), hidden(model.discriminator, x), rtol=1e-5)


def test_test_step_reports_the_losses_of_train_step(monkeypatch):
    model, x = small("feature_matching_gan", rate=0.0), examples(6)
    latents = examples(6, (model.latent_dim,), seed=9)
    monkeypatch.setattr(model, "draw_latents", lambda data, seed: latents)
    trained = {key: float(value) for key, value in model.train_step(x).items()}
    model.reset_metrics()
    tested = {key: float(value) for key, value in model.test_step(x).items()}
    assert trained == pytest.approx(tested, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("discriminator", ["of the recipe's part", "with a network inside"])
def test_batch_normalization_of_the_discriminator_is_refused(discriminator):
    settings = {"width": 2, "normalization": "batch"}
    if discriminator == "with a network inside":
        inner = keras.Sequential([keras.layers.Flatten(), keras.layers.BatchNormalization()])
        settings = keras.Sequential([keras.Input((8, 8, 1)), inner, keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="batch normalization in the discriminator"):
        ganzoo.create("feature_matching_gan", (8, 8, 1), discriminator=settings)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_matches_the_mean_of_a_gaussian_and_stays_broader(seed):
    model = toys.trained("feature_matching_gan", "gaussian_1d", seed, steps=2000)
    samples = model.generate(2000, seed=0).numpy()
    assert abs(samples.mean() - 4) < 0.25
    # The data have 0.5: means of features that change all the time do not fix the spread.
    assert 0.8 <= samples.std() <= 1.3
