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


@pytest.mark.parametrize(
    ("r1_weight", "r2_weight", "alpha", "beta"),
    [(0.0, 0.0, 1.0, 0.0), (0.7, 0.0, 1.0, 0.0), (0.3, 0.7, 0.9, 0.1)],
)
def test_train_step_is_algorithm_1_with_the_generator_of_section_3(
    r1_weight, r2_weight, alpha, beta
):
    penalties = {"r1_weight": r1_weight, "r2_weight": r2_weight}
    targets = {"real_target": alpha, "fake_target": beta}
    model = small("nsgan", discriminator_steps=2, **penalties, **targets)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step(x)

    losses = []
    for t in range(2):
        real, z = x[t::2], record.latents[t]

        def objective(real=real, z=z):
            d_real, d_fake = tf.sigmoid(a(real)), tf.sigmoid(a(g(z)))
            value = mean(alpha * tf.math.log(d_real) + (1 - alpha) * tf.math.log(1 - d_real))
            value += mean(beta * tf.math.log(d_fake) + (1 - beta) * tf.math.log(1 - d_fake))
            penalty = r1_weight * half_squared_gradient(a, real)
            return penalty + r2_weight * half_squared_gradient(a, g(z)) - value

        losses.append(descend(a, objective))
    loss = descend(g, lambda: -mean(tf.math.log(tf.sigmoid(a(g(record.latents[2]))))))

    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("name", ["nsgan", "dcgan"])
@pytest.mark.parametrize(
    "targets",
    [{"real_target": 1.1}, {"real_target": 0.0}, {"fake_target": -0.1}, {"fake_target": 1.0}]
    + [{"real_target": 0.4, "fake_target": 0.5}],
)
def test_labels_are_probabilities_in_order(name, targets):
    with pytest.raises(ValueError, match="0 <= fake_target < real_target <= 1"):
        small(name, **targets)


def test_test_step_reports_the_losses_of_train_step(monkeypatch):
    settings = {"real_target": 0.9, "fake_target": 0.2, "r1_weight": 0.3, "r2_weight": 0.5}
    model, x = small("nsgan", rate=0.0, **settings), examples(6)
    latents = examples(6, (model.latent_dim,), seed=9)
    monkeypatch.setattr(model, "draw_latents", lambda data, seed: latents)
    trained = {key: float(value) for key, value in model.train_step(x).items()}
    model.reset_metrics()
    tested = {key: float(value) for key, value in model.test_step(x).items()}
    assert trained == pytest.approx(tested, rel=1e-5, abs=1e-6)
    logits = model.discriminator(x), model.discriminator(model.generator(latents))
    accuracy = (np.mean(logits[0] > 0) + np.mean(logits[1] < 0)) / 2
    assert trained["discriminator_accuracy"] == pytest.approx(accuracy)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_covers_the_ring_with_r1(seed):
    model = toys.trained("nsgan", "ring", seed, steps=2500, r1_weight=0.1)
    coverage = toys.ring_coverage(model)
    assert coverage.num_modes >= 7, coverage
    # Two thirds or so in the calibration; a collapsed model is sharper.
    assert 0.4 < coverage.high_quality_share < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_loses_modes_without_r1(seed):
    """The negative control of the test above: 4 or 5 modes."""
    coverage = toys.ring_coverage(toys.trained("nsgan", "ring", seed, steps=2500))
    assert coverage.num_modes <= 6, coverage


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_learns_a_gaussian_with_five_discriminator_steps(seed):
    adam = {"class_name": "Adam", "config": {"learning_rate": 1e-3, "beta_1": 0.5}}
    model = toys.trained(
        "nsgan",
        "gaussian_1d",
        seed,
        steps=3000,
        latent_dim=1,
        discriminator_steps=5,
        generator={"units": (32,)},
        discriminator={"units": (32, 32)},
        generator_optimizer=adam,
        discriminator_optimizer=adam,
    )
    samples = model.generate(2000, seed=0).numpy()
    assert abs(samples.mean() - 4) < 0.1
    assert 0.35 <= samples.std() <= 0.65
    near = np.linspace(3.25, 4.75, 61, dtype="float32")[:, None]
    assert np.abs(tf.sigmoid(model.discriminator(near)) - 0.5).max() < 0.15
