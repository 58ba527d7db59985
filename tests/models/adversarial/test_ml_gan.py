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


@pytest.mark.parametrize("r1_weight", [0.0, 0.7])
def test_generator_descends_the_odds_of_its_samples(r1_weight):
    model = small("ml_gan", discriminator_steps=2, r1_weight=r1_weight)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(2):
        real, z = x[t::2], record.latents[t]

        def objective(real=real, z=z):
            d_real, d_fake = tf.sigmoid(a(real)), tf.sigmoid(a(g(z)))
            value = mean(tf.math.log(d_real)) + mean(tf.math.log(1 - d_fake))
            return -value + r1_weight * half_squared_gradient(a, real)

        losses.append(descend(a, objective))

    def odds():
        d_fake = tf.sigmoid(a(g(record.latents[2])))
        return -mean(d_fake / (1 - d_fake)) / 2

    loss = descend(g, odds)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring_with_broad_samples(seed):
    coverage = toys.ring_coverage(toys.trained("ml_gan", "ring", seed, steps=3000, r1_weight=1.0))
    assert coverage.num_modes == 8, coverage
    # A quarter: it covers, it is not sharp.
    assert 0.15 < coverage.high_quality_share < 0.38, coverage
