"""Derivatives of the losses against closed forms, and what the table says of the methods."""

import numpy as np
import pytest
import tensorflow as tf

from ganzoo.experiments import continuous_setup
from ganzoo.losses import boundary_seeking

METHODS = ("bgan, log Z", "wgan, 5 critic steps")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    output = tmp_path_factory.mktemp("study")
    settings, values = continuous_setup.run(output, methods=METHODS, logits=(-2, 0, 0.5, 1, 3))
    return settings, values, output


def derivatives(values, name):
    return [float(row["derivative"]) for row in values if row["loss"] == name]


def test_derivatives_are_the_closed_forms(tables):
    _, values, _ = tables
    for row in values:
        assert float(row["derivative"]) == pytest.approx(float(row["closed_form"]), abs=1e-5)
    sigma = [0.119203, 0.5, 0.622459, 0.731059, 0.952574]
    np.testing.assert_allclose(derivatives(values, "minimax"), np.negative(sigma), atol=1e-5)
    np.testing.assert_allclose(
        derivatives(values, "non-saturating"), np.subtract(sigma, 1.0), atol=1e-5
    )
    np.testing.assert_allclose(derivatives(values, "log-ratio"), -1.0, atol=1e-5)
    np.testing.assert_allclose(
        derivatives(values, "boundary-seeking"), [-2, 0, 0.5, 1, 3], atol=1e-5
    )


def test_only_boundary_seeking_changes_sign_along_the_logit(tables):
    _, values, _ = tables
    for name in ("minimax", "non-saturating", "log-ratio", "Wasserstein"):
        assert max(derivatives(values, name)) < 0
    for name, place in (
        ("boundary-seeking", 1),
        ("boundary-seeking, log Z = 1", 3),
        ("least squares, c = 1/2", 2),
        ("least squares, c = 1", 3),
    ):
        found = derivatives(values, name)
        assert max(found[:place]) < 0 < min(found[place + 1 :]) and abs(found[place]) < 1e-6
        [zero] = {row["zero_of_derivative"] for row in values if row["loss"] == name}
        assert zero == (-2, 0, 0.5, 1, 3)[place]


def test_log_z_leaves_samples_of_one_logit_where_they_are():
    logits = tf.fill([64], -7.0)
    log_z = boundary_seeking.log_mean_exp(logits)
    for value, expected in ((log_z, 0.0), (0.0, -7.0)):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = boundary_seeking.generator_loss(logits, value)
        np.testing.assert_allclose(tape.gradient(loss, logits), expected, atol=1e-5)


def test_settings_are_those_of_the_models(tables):
    settings, _, output = tables
    rows = {(row["method"], row["data"]): row for row in settings}
    assert len(rows) == len(settings) == 6
    ring = rows["bgan, log Z", "ring"]
    assert ring["generator_layers"] == "128 128 128 2"
    # 8 latents, 128 units thrice, 2 coordinates, with biases
    assert ring["generator_parameters"] == 9 * 128 + 2 * 129 * 128 + 129 * 2
    assert ring["discriminator_parameters"] == 3 * 128 + 129 * 128 + 129
    assert ring["optimizer"] == "Adam, learning_rate 0.001, beta_1 0.5, beta_2 0.9"
    assert "log_z_decay 0.995" in ring["hyper_parameters"] and ring["batch_size"] == 256
    critic = rows["wgan, 5 critic steps", "recipe, 28x28 images"]
    assert critic["optimizer"] == "RMSprop, learning_rate 5e-05, rho 0.99"
    assert critic["minibatches_per_step"] == 5 and critic["length"] == "100 epochs"
    assert rows["bgan, log Z", "digits"]["latents"] == "16 normal"
    for name in ("results/continuous_setup.csv", "results/continuous_setup_losses.csv"):
        assert (output / name).exists()
    assert (output / "figures/continuous_setup.png").stat().st_size < 150_000
