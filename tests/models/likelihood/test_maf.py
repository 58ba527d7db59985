import keras
import numpy as np
import pytest

import ganzoo

ENTROPY = 3.5310242470


def banana(seed, count=20_000):
    """p(x1, x2) = N(x2; 0, 4) N(x1; x2^2 / 4, 1), the example of the paper's figure 1."""
    rng = np.random.default_rng(seed)
    x2 = 2 * rng.normal(size=count)
    x1 = x2**2 / 4 + rng.normal(size=count)
    return np.stack([x1, x2], axis=1).astype("float32")


def exact_nats(x):
    """Mean -log p of the banana itself."""
    x1, x2 = x.astype("float64").T
    quadratic = np.mean(x2**2 / 4 + (x1 - x2**2 / 4) ** 2)
    return 0.5 * quadratic + np.log(2) + np.log(2 * np.pi)


def excess_nats(order, steps, **flow):
    """What a MAF pays on new points beyond the banana's own -log p, dimensions in `order`."""
    model = ganzoo.create(
        "maf",
        (2,),
        seed=0,
        flow={"units": (64, 64), **flow},
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, steps)),
        steps_per_execution=100,
    )
    model.fit(banana(0)[:, order], batch_size=256, steps_per_epoch=steps, verbose=0)
    test = banana(1)
    return -np.mean(model.log_prob(test[:, order])) - exact_nats(test)


def test_the_banana_is_what_it_is_said_to_be():
    assert exact_nats(banana(2, 400_000)) == pytest.approx(ENTROPY, abs=0.01)


def test_one_made_fits_the_banana_in_its_order_alone():
    assert -0.005 < excess_nats([1, 0], 1000, layers=1) < 0.03
    # x1 is skewed and x2 given x1 has two modes: no Gaussian conditionals.
    assert 0.25 < excess_nats([0, 1], 1000, layers=1) < 0.5


@pytest.mark.slow
def test_five_mades_make_up_for_the_wrong_order():
    assert -0.005 < excess_nats([0, 1], 2000, layers=5) < 0.05
