import keras
import numpy as np
import pytest

import ganzoo

COVARIANCE = np.array([[1.0, 1.2, 0.3], [1.2, 4.0, -0.5], [0.3, -0.5, 0.6]])


def test_linear_couplings_reach_the_entropy_of_a_gaussian():
    """Three linear couplings and a diagonal scale are enough to whiten three dimensions."""
    rng = np.random.default_rng(0)
    x = rng.multivariate_normal([0.5, -1.0, 0.2], COVARIANCE, 30_000).astype("float32")
    model = ganzoo.create(
        "nice",
        (3,),
        seed=0,
        flow={"units": ()},
        latent_distribution="normal",
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.03, 1000)),
        steps_per_execution=100,
    )
    model.fit(x[:20_000], batch_size=200, epochs=10, verbose=0)
    nats = -np.mean(model.log_prob(x[20_000:]))
    entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * COVARIANCE)[1]
    # Four standard errors: the quadratic form has variance 2 / 4 a dimension.
    assert nats == pytest.approx(entropy, abs=4 * np.sqrt(1.5 / 10_000) + 0.01)
    independent = 0.5 * np.sum(np.log(2 * np.pi * np.e * np.diag(COVARIANCE)))
    assert nats < independent - 0.5
    samples = model.generate(20_000, seed=0)
    np.testing.assert_allclose(np.cov(samples.numpy().T), COVARIANCE, atol=0.15)
