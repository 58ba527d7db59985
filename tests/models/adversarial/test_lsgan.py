import numpy as np
import pytest
import tensorflow as tf

from ganzoo.models.adversarial.lsgan import PEARSON_TARGETS
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

PEARSON = dict(zip(("fake_target", "real_target", "generator_target"), PEARSON_TARGETS))


@pytest.mark.parametrize(
    ("settings", "a0", "b", "c", "r1_weight"),
    [({}, 0, 1, 1, 0.0), (PEARSON, -1, 1, 0, 0.0), (PEARSON, -1, 1, 0, 0.7)],
    ids=["zero-one", "Pearson", "Pearson with R1"],
)
def test_train_step_is_equation_2(settings, a0, b, c, r1_weight):
    model = small("lsgan", discriminator_steps=2, r1_weight=r1_weight, **settings)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(2):
        real, z = x[t::2], record.latents[t]

        def objective(real=real, z=z):
            value = mean((a(real) - b) ** 2) / 2 + mean((a(g(z)) - a0) ** 2) / 2
            return value + r1_weight * half_squared_gradient(a, real)

        losses.append(descend(a, objective))
    loss = descend(g, lambda: mean((a(g(record.latents[2])) - c) ** 2) / 2)

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


def test_losses_where_all_scores_are_zero():
    model = small("lsgan", rate=0.0)
    model.discriminator.set_weights([0 * w for w in model.discriminator.get_weights()])
    logs = model.train_step(examples(4))
    assert float(logs["discriminator_loss"]) == 0.5
    assert float(logs["generator_loss"]) == 0.5


@pytest.mark.parametrize("name", PEARSON)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", None])
def test_targets_are_numbers(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a finite number"):
        small("lsgan", **{name: value})


def test_targets_of_data_and_samples_differ():
    with pytest.raises(ValueError, match=r"real_target and fake_target are both 0\.5"):
        small("lsgan", real_target=0.5, fake_target=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring_with_r1(seed):
    # Of the last weights; how sharp their samples are swings (0.3 to 0.6) and is not asserted.
    coverage = toys.ring_coverage(toys.trained("lsgan", "ring", seed, steps=2500, r1_weight=1.0))
    assert coverage.num_modes >= 7, coverage


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_loses_modes_without_r1(seed):
    """The negative control of the test above: 3 or 4 modes."""
    coverage = toys.ring_coverage(toys.trained("lsgan", "ring", seed, steps=2500))
    assert coverage.num_modes <= 6, coverage


def test_scores_are_unbounded():
    model = small("lsgan")
    far = 1e3 * tf.ones([1, 3])
    model.discriminator.set_weights([10 * np.abs(w) for w in model.discriminator.get_weights()])
    assert float(model.discriminator(far)[0, 0]) > 10
