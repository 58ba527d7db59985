import keras
import numpy as np
import pytest

import ganzoo
from ganzoo import metrics
from ganzoo.models.likelihood.vae import VAE

LOG_EVIDENCE = -1.5155121235  # of x = 1 under N(0, 2)


def unit_model(mean=0.0, log_variance=0.0, slope=0.0):
    """p(z) = N(0, 1), p(x|z) = N(z, 1), q(z|x) = N(slope x + mean, exp(log_variance))."""
    x, z = keras.Input((1,)), keras.Input((1,))
    encode, decode = keras.layers.Dense(2), keras.layers.Dense(1)
    model = VAE(
        keras.Model(x, encode(x)),
        keras.Model(z, decode(z)),
        observation_scale=1.0,
        value_range=None,
        seed=0,
    )
    encode.set_weights([np.array([[slope, 0.0]]), np.array([mean, log_variance])])
    decode.set_weights([np.array([[1.0]]), np.array([0.0])])
    return model


@pytest.mark.parametrize(
    ("num_samples", "bound", "slack"),
    # The values of 5 and 50 are known to three units of their last digit.
    [(1, -1.9189385332, 0), (2, -1.6534737866, 0), (5, -1.5576, 3e-4), (50, -1.5194, 3e-4)],
)
def test_bounds_of_k_samples_have_their_exact_means(num_samples, bound, slack):
    x = np.ones((20_000, 1), "float32")
    bounds = metrics.likelihood.importance_bound(
        unit_model(), x, num_samples, seed=1, batch_size=5000
    )
    error = bounds.std() / np.sqrt(len(bounds))
    assert bounds.shape == (20_000,) and bounds.dtype == np.float64
    assert error < 0.01
    assert abs(bounds.mean() - bound) < 4 * error + slack


def test_the_exact_posterior_makes_every_bound_exact():
    model = unit_model(slope=0.5, log_variance=np.log(0.5))
    for num_samples in (1, 7):
        bounds = metrics.likelihood.importance_bound(model, np.ones((3, 1)), num_samples)
        np.testing.assert_allclose(bounds, LOG_EVIDENCE, atol=1e-6)


def test_parts_add_up_and_draw_anew():
    model, x = unit_model(), np.linspace(-2, 2, 8)[:, None]
    seen = []
    whole = metrics.likelihood.importance_bound(
        model, x, 3000, seed=2, progress=lambda *done: seen.append(done), batch_size=4
    )
    assert seen == [(4, 8), (8, 8)]
    exact = -0.5 * np.log(4 * np.pi) - x[:, 0] ** 2 / 4
    # One part of the draws repeated would be as far off as 10 draws are.
    parts = metrics.likelihood.importance_bound(
        model, x, 3000, seed=2, batch_size=4, draws_at_once=10
    )
    np.testing.assert_allclose(whole, exact, atol=0.1)
    np.testing.assert_allclose(parts, exact, atol=0.1)
    ten = metrics.likelihood.importance_bound(model, x, 10, seed=2, batch_size=4)
    assert np.abs(ten - exact).max() > 0.2
    same = metrics.likelihood.importance_bound(model, x, 3000, seed=2, batch_size=4)
    np.testing.assert_array_equal(whole, same)


def test_weights_that_underflow_are_no_minus_infinity():
    bounds = metrics.likelihood.importance_bound(unit_model(), np.array([[60.0]]), 10)
    assert np.isfinite(bounds).all() and bounds[0] < -1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.full((2, 6), 0.5)}, "binarized"),
        ({"x": np.full((2, 6), 2.0)}, r"\[0, 1\]"),
        ({"x": np.ones((2, 5))}, "5"),
        ({"labels": None}, "label"),
        ({"labels": [0, 3]}, r"\[0, 3\)"),
        ({"num_samples": 0}, "num_samples=0: give an integer of at least 1"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"draws_at_once": 2.5}, "draws_at_once=2.5"),
    ],
)
def test_what_the_model_does_not_take_is_refused(arguments, message):
    model = ganzoo.create(
        "m2", (6,), num_classes=3, seed=0, **{**ganzoo.registry.get("m2").tiny, "latent_dim": 2}
    )
    given = {"x": np.ones((2, 6)), "labels": [0, -1], "num_samples": 3}
    assert metrics.likelihood.importance_bound(model, **given).shape == (2,)
    with pytest.raises(ValueError, match=message):
        metrics.likelihood.importance_bound(model, **{**given, **arguments})
