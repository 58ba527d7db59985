import keras
import numpy as np
import pytest
import sklearn.datasets

import ganzoo


def two_moons(seed):
    points, _ = sklearn.datasets.make_moons(20_000, noise=0.1, random_state=seed)
    return points.astype("float32")


def gaussian_nats(train, test):
    """Mean -log density of `test` under a Gaussian with the moments of `train`."""
    covariance = np.cov(train.T)
    difference = test - train.mean(axis=0)
    quadratic = np.sum(difference @ np.linalg.inv(covariance) * difference, axis=1)
    return 0.5 * (quadratic.mean() + np.linalg.slogdet(2 * np.pi * covariance)[1])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_two_moons(seed):
    train, test = two_moons(2 * seed), two_moons(2 * seed + 1)
    model = ganzoo.create(
        "real_nvp",
        (2,),
        seed=seed,
        optimizer=keras.optimizers.Adam(2e-3),
        steps_per_execution=100,
    )
    model.fit(train, batch_size=256, steps_per_epoch=2000, verbose=0)
    nats = -np.mean(model.log_prob(test))
    gaussian = gaussian_nats(train, test)
    assert gaussian == pytest.approx(1.906, abs=0.02)
    assert nats < gaussian - 0.6
    # Half a circle of radius 1 with noise 0.1, either of two, that far apart: no density does
    # better than the noise across and the length along: log(2 pi) + log(0.1 sqrt(2 pi e)).
    assert nats > np.log(2 * np.pi) + np.log(0.1 * np.sqrt(2 * np.pi * np.e)) - 0.05
    # Samples lie where data lie.
    samples = model.generate(2000, seed=0)
    assert -np.mean(model.log_prob(samples)) == pytest.approx(nats, abs=0.15)
