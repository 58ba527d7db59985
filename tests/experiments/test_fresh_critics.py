import keras
import numpy as np
import pytest

from ganzoo.data import bits
from ganzoo.experiments import fresh_critics
from ganzoo.metrics import kl_divergence

STATES = bits.states(2).astype("float32")
P, Q = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.2, 0.5])
MIDDLE = (P + Q) / 2
JENSEN_SHANNON = (kl_divergence(P, MIDDLE) + kl_divergence(Q, MIDDLE)) / 2


def draw(probabilities, count, seed):
    return STATES[np.random.default_rng(seed).choice(4, count, p=probabilities)]


def table(initializer="zeros"):
    """Two bits [N, 2] to a free output for each of the four states."""
    sample = keras.Input((2,))
    index = keras.ops.cast(2 * sample[:, 0] + sample[:, 1], "int32")
    return keras.Model(sample, keras.layers.Embedding(4, 1, initializer)(index))


def estimate(divergence, critic=None, fake=Q, count=60_000):
    train = draw(P, count, 0), draw(fake, count, 1)
    test = [np.repeat(STATES, np.rint(10 * p).astype(int), axis=0) for p in (P, fake)]
    return fresh_critics.estimate(
        divergence, critic or table(), train, test, batch_size=200, learning_rate=2e-2
    )


@pytest.mark.parametrize(
    ("divergence", "exact"),
    [("jensen_shannon", JENSEN_SHANNON), ("reverse_kl", kl_divergence(Q, P))],
)
def test_free_critic_finds_the_divergence(divergence, exact):
    assert exact > 0.1
    assert estimate(divergence) == pytest.approx(exact, abs=0.015)
    assert estimate(divergence, fake=P) == pytest.approx(0, abs=0.005)


def test_objective_is_exact_at_the_best_critic():
    """Without training, at the critic F = log(p / q)."""
    best = table(keras.initializers.Constant(0.0))
    best.layers[-1].set_weights([np.log(P / Q)[:, None]])
    for divergence, exact in (
        ("jensen_shannon", JENSEN_SHANNON),
        ("reverse_kl", kl_divergence(Q, P)),
    ):
        assert estimate(divergence, best, count=0) == pytest.approx(exact, rel=1e-5)


def test_wasserstein_of_shifted_points():
    """Points at 0 and at (0, ..., 2): a linear critic of slope 1 says 2."""
    real, fake = np.zeros([8000, 3], "float32"), np.zeros([8000, 3], "float32")
    fake[:, 2] = 2.0
    sample = keras.Input((3,))
    critic = keras.Model(sample, keras.layers.Dense(1)(sample))
    value = fresh_critics.estimate(
        "wasserstein", critic, (real, fake), (real, fake), batch_size=20, learning_rate=2e-2
    )
    # With slope s the objective is 2 s - 10 (s - 1)^2, at its best for s = 1.1.
    assert value == pytest.approx(2.2, abs=0.002)


def test_arguments_are_checked():
    pair = draw(P, 4, 0), draw(Q, 4, 1)
    with pytest.raises(ValueError, match=r"divergence='kl'.*'jensen_shannon', 'reverse_kl'"):
        fresh_critics.estimate("kl", table(), pair, pair)
    with pytest.raises(ValueError, match="4 training data and 2 samples"):
        fresh_critics.estimate("reverse_kl", table(), (pair[0], pair[1][:2]), pair)
