import numpy as np
import pytest
import tensorflow as tf

from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    half_squared_gradient,
    mean,
    small,
)


def relativistic_loss(realistic, other):
    """-1/2 E log D(realistic) - 1/2 E log(1 - D(other)), D relative to the other side's mean."""
    d_realistic = tf.sigmoid(realistic - mean(other))
    d_other = tf.sigmoid(other - mean(realistic))
    return -(mean(tf.math.log(d_realistic)) + mean(tf.math.log(1 - d_other))) / 2


@pytest.mark.parametrize("r1_weight", [0.0, 0.7])
def test_train_step_compares_with_the_mean_of_the_other_side(r1_weight):
    model = small("relativistic_gan", discriminator_steps=2, r1_weight=r1_weight)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(2):
        real, z = x[t::2], record.latents[t]

        def objective(real=real, z=z):
            value = relativistic_loss(a(real), a(g(z)))
            return value + r1_weight * half_squared_gradient(a, real)

        losses.append(descend(a, objective))
    # The data of the last update of the discriminator.
    loss = descend(g, lambda: relativistic_loss(a(g(record.latents[2])), a(x[1::2])))

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


def test_bias_of_the_discriminator_does_not_matter():
    results = []
    for bias in (0.0, 5.0):
        model = small("relativistic_gan", rate=0.0)
        model.discriminator.weights[-1].assign([bias])
        results.append([float(value) for value in model.train_step(examples(4)).values()])
    np.testing.assert_allclose(*results, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring_with_r1(seed):
    model = toys.trained("relativistic_gan", "ring", seed, steps=2500, r1_weight=0.1)
    coverage = toys.ring_coverage(model)
    assert coverage.num_modes >= 7, coverage
