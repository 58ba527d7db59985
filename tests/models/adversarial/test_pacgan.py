import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.adversarial.pacgan import packs
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


def side_by_side(points, packing):
    return tf.reshape(points, [len(points) // packing, packing * points.shape[1]])


@pytest.mark.parametrize("packing", [1, 2, 4])
def test_train_step_is_the_non_saturating_game_of_packs(packing):
    model = small("pacgan", packing=packing)
    a, g = copy(model.discriminator), copy(model.generator)
    assert a.input_shape == (None, 3 * packing)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    def log_d(points):
        return tf.math.log(tf.sigmoid(a(side_by_side(points, packing))))

    def log_not_d(points):
        return tf.math.log(1 - tf.sigmoid(a(side_by_side(points, packing))))

    first, second = record.latents
    discriminator_loss = descend(a, lambda: -mean(log_d(x)) - mean(log_not_d(g(first))))
    generator_loss = descend(g, lambda: -mean(log_d(g(second))))
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(discriminator_loss, rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(generator_loss, rel=1e-5)


def test_packs_of_one_make_the_base_game_bit_for_bit():
    packed, base = small("pacgan", packing=1), small("nsgan")
    for model in (packed, base):
        for number in range(3):
            model.train_step(examples(8, seed=number))
    for weight, other in zip(packed.get_weights(), base.get_weights()):
        np.testing.assert_array_equal(weight, other)


def test_examples_stand_side_by_side_along_the_last_axis():
    images = tf.reshape(tf.range(4 * 2 * 2 * 3), [4, 2, 2, 3])
    packed = packs(images, 2)
    assert packed.shape == (2, 2, 2, 6)
    for i in range(2):
        np.testing.assert_array_equal(packed[i, ..., :3], images[2 * i])
        np.testing.assert_array_equal(packed[i, ..., 3:], images[2 * i + 1])


@pytest.mark.parametrize(
    ("count", "packing", "rows"),
    [(5, 2, [[0, 1], [2, 3], [4, 0]]), (1, 3, [[0, 0, 0]]), (2, 4, [[0, 1, 0, 1]])],
)
def test_a_rest_is_completed_with_the_first_examples(count, packing, rows):
    numbers = tf.range(count, dtype=tf.float32)[:, None]
    np.testing.assert_array_equal(packs(numbers, packing), rows)
    of_any_size = tf.function(lambda x: packs(x, packing), [tf.TensorSpec([None, 1])])
    np.testing.assert_array_equal(of_any_size(numbers), rows)


def test_one_example_is_no_division_by_zero():
    model = small("pacgan", packing=2)
    logs = model.fit(examples(5).numpy(), batch_size=4, verbose=0).history
    assert all(np.isfinite(values).all() for values in logs.values())


def test_a_discriminator_of_other_packs_is_refused():
    critic = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"packing=3 of examples \(2,\) gives packs \(6,\)"):
        ganzoo.create("pacgan", (2,), discriminator=critic, packing=3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_two_samples_a_pack_cover_the_ring(seed):
    coverage = toys.ring_coverage(toys.trained("pacgan", "ring", seed, steps=2500))
    assert coverage.num_modes >= 7, coverage
    # 0.86 to 0.90 over the seeds.
    assert 0.8 < coverage.high_quality_share < 0.95, coverage
