import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    descending,
    examples,
    mean,
    small,
)


def watch_perturbations(model):
    """Records every x~ of `model`."""
    drawn, perturb = [], model.perturb

    def watched(real, seeds):
        drawn.append(perturb(real, seeds))
        return drawn[-1]

    model.perturb = watched
    return drawn


def gradient_norms(network, points):
    """||d network / dx||_2 of every example, through a Jacobian: [N]."""
    with tf.GradientTape() as tape:
        tape.watch(points)
        scores = network(points)
    return tf.norm(tf.reshape(tape.batch_jacobian(scores, points), [len(points), -1]), axis=1)


def test_train_step_is_the_penalized_game():
    model = small("dragan", penalty_weight=2.5)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record, nearby = examples(6), Record(model), watch_perturbations(model)
    logs = model.train_step(x)

    def penalty():
        return mean((gradient_norms(a, nearby[0]) - 1) ** 2)

    def objective():
        real, fake = tf.sigmoid(a(x)), tf.sigmoid(a(g(record.latents[0])))
        return -mean(tf.math.log(real)) - mean(tf.math.log(1 - fake)) + 2.5 * penalty()

    first_penalty = float(penalty())
    discriminator_loss = descend(a, objective)
    loss = descend(g, lambda: -mean(tf.math.log(tf.sigmoid(a(g(record.latents[1]))))))

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(discriminator_loss, rel=1e-4)
    assert float(logs["gradient_penalty"]) == pytest.approx(first_penalty, rel=1e-4)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4)


def test_perturbation_reaches_half_a_deviation_to_one_side():
    model = small("dragan", data_shape=(2,))
    x = examples(4000, (2,)) * tf.constant([[1.0, 3.0]])
    shift = model.perturb(x, tf.unstack(tf.constant([[0, 1], [0, 2]], tf.int64))) - x
    deviation = np.std(x.numpy())  # of all values, not of each feature
    relative = shift.numpy() / (0.5 * deviation)
    assert relative.min() >= 0 and relative.max() <= 1
    # alpha u: mean 1/4, E[(alpha u)^2] = 1/9, and one alpha for both features: E = 1/3 1/4
    assert relative.mean() == pytest.approx(1 / 4, abs=0.01)
    assert np.mean(relative**2) == pytest.approx(1 / 9, abs=0.01)
    assert np.mean(relative[:, 0] * relative[:, 1]) == pytest.approx(1 / 12, abs=0.01)


@pytest.mark.parametrize("shape", [(3,), (4, 4, 2)])
def test_deviation_is_of_all_values(shape):
    x = examples(5, shape)
    model = small("dragan")
    assert float(model.deviation(x)) == pytest.approx(np.std(x.numpy()), rel=1e-5)


@pytest.mark.parametrize("scale", [0.25, 1.0, 3.0])
def test_penalty_of_a_linear_discriminator(scale):
    discriminator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])
    model = ganzoo.create("dragan", (3,), seed=0, discriminator=discriminator)
    weights = scale * np.array([2.0, -1.0, 2.0]) / 3
    discriminator.set_weights([weights[:, None].astype("float32")])
    logs = descending(model, rate=0.0).train_step(examples(6))
    assert float(logs["gradient_penalty"]) == pytest.approx((scale - 1) ** 2, abs=2e-6)


def test_batch_normalization_in_the_discriminator_is_refused():
    with pytest.raises(ValueError, match=r"The gradient penalty .* batch normalization"):
        ganzoo.create("dragan", (8, 8, 1), discriminator={"width": 2, "normalization": "batch"})


@pytest.mark.parametrize("name", ["penalty_weight", "perturbation"])
@pytest.mark.parametrize("value", [0, -10.0, float("nan"), "10", None])
def test_settings_are_checked(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a "):
        small("dragan", **{name: value})


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring(seed):
    coverage = toys.ring_coverage(toys.trained("dragan", "ring", seed, steps=2500))
    assert coverage.num_modes >= 7, coverage
