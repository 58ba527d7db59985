import numpy as np
import pytest
import tensorflow as tf

from ganzoo.losses import cross_entropy, f_divergence
from tests.losses.categorical import FAKE, REAL, P, Q, js, kl

DIVERGENCES = ["gan", "jensen_shannon", "kl", "reverse_kl", "squared_hellinger"]
PEARSON = "pearson_chi_squared"

# The convex f of D_f(p || q) = sum q f(p / q); that of "gan" has f(1) = -log 4.
F = {
    "gan": lambda u: u * np.log(u) - (u + 1) * np.log(u + 1),
    "jensen_shannon": lambda u: u * np.log(u) - (u + 1) * np.log((u + 1) / 2),
    "kl": lambda u: u * np.log(u),
    "reverse_kl": lambda u: -np.log(u),
    "squared_hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    PEARSON: lambda u: (u - 1) ** 2,
}


def optimal_logits(divergence, p=P, q=Q):
    return 2 * (p / q - 1) if divergence == PEARSON else np.log(p / q)


def bound(logits, divergence):
    """-L_D, the lower bound of the divergence, between P and Q."""
    real, fake = tf.gather(logits, REAL), tf.gather(logits, FAKE)
    return -tf.reduce_mean(f_divergence.real_loss(real, divergence)) - tf.reduce_mean(
        f_divergence.fake_loss(fake, divergence)
    )


def test_names():
    assert list(f_divergence.DIVERGENCES) == [*DIVERGENCES, PEARSON]


@pytest.mark.parametrize(
    ("divergence", "exact"),
    [
        ("gan", 2 * js(P, Q) - np.log(4)),
        ("jensen_shannon", 2 * js(P, Q)),
        ("kl", kl(P, Q)),
        ("reverse_kl", kl(Q, P)),
        ("squared_hellinger", np.sum((np.sqrt(P) - np.sqrt(Q)) ** 2)),
        (PEARSON, np.sum((P - Q) ** 2 / Q)),
    ],
    ids=[*DIVERGENCES, PEARSON],
)
def test_bound_is_tight_at_the_density_ratio_and_nowhere_else(divergence, exact):
    logits = optimal_logits(divergence)
    assert float(bound(tf.constant(logits), divergence)) == pytest.approx(exact, abs=1e-12)
    assert np.sum(Q * F[divergence](P / Q)) == pytest.approx(exact, abs=1e-12)
    for shift in np.vstack([np.eye(4), -np.eye(4)]):
        assert float(bound(tf.constant(logits + 0.3 * shift), divergence)) < exact - 1e-4


@pytest.mark.parametrize("divergence", [*DIVERGENCES, PEARSON])
def test_weight_is_the_derivative_of_the_conjugate(divergence):
    logits = tf.constant([-1.9, -1.0, -0.2, 0.0, 0.7, 3.0], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        output = -f_divergence.real_loss(logits, divergence)
        conjugate = f_divergence.fake_loss(logits, divergence)
    derivative = tape.gradient(conjugate, logits) / tape.gradient(output, logits)
    log_weights = f_divergence.log_weights(logits, divergence)
    np.testing.assert_allclose(tf.exp(log_weights), derivative, rtol=1e-12)
    weights = logits / 2 + 1 if divergence == PEARSON else tf.exp(logits)
    np.testing.assert_allclose(derivative, weights, rtol=1e-12)


@pytest.mark.parametrize("divergence", [*DIVERGENCES, PEARSON])
def test_fenchel_equality_at_the_weight(divergence):
    # f*(T) = sup_u (u T - f(u)), attained at u = (f*)'(T): this fixes f* and not only its slope.
    logits = tf.constant([-1.5, -0.2, 0.0, 1.3], tf.float64)
    output = -f_divergence.real_loss(logits, divergence).numpy()
    conjugate = f_divergence.fake_loss(logits, divergence).numpy()
    weights = np.exp(f_divergence.log_weights(logits, divergence))
    np.testing.assert_allclose(weights * output - F[divergence](weights), conjugate, atol=1e-12)
    other = weights[:, None] * np.array([0.5, 0.9, 1.1, 2.0])
    assert np.all(other * output[:, None] - F[divergence](other) < conjugate[:, None])


@pytest.mark.parametrize("divergence", [*DIVERGENCES, PEARSON])
def test_log_weights_at_the_optimum_are_the_log_ratio(divergence):
    log_weights = f_divergence.log_weights(tf.constant(optimal_logits(divergence)), divergence)
    np.testing.assert_allclose(log_weights, np.log(P / Q), rtol=1e-12)


def test_gan_is_the_game_of_the_cross_entropy():
    real, fake = tf.constant([[-30.0], [0.4], [1e4]]), tf.constant([[30.0], [-1.0], [-1e4]])
    loss = f_divergence.real_loss(real, "gan") + f_divergence.fake_loss(fake, "gan")
    assert loss.shape == (3,)
    np.testing.assert_array_equal(loss, cross_entropy.discriminator_loss(real, fake))
    jensen_shannon = f_divergence.real_loss(real, "jensen_shannon")
    jensen_shannon += f_divergence.fake_loss(fake, "jensen_shannon")
    np.testing.assert_allclose(jensen_shannon, loss - np.log(4), rtol=1e-6)


@pytest.mark.parametrize("divergence", [*DIVERGENCES, PEARSON])
def test_shapes(divergence):
    logits = tf.constant(np.linspace(-1, 1, 6).reshape(3, 2))
    assert f_divergence.real_loss(logits[:, :1], divergence).shape == (3,)
    assert f_divergence.fake_loss(logits, divergence).shape == (6,)
    assert f_divergence.log_weights(logits, divergence).shape == (3, 2)


def test_weights_of_pearson_at_and_below_minus_two():
    logits = tf.constant([-2.0, -7.0, -1e4, -1.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        log_weights = f_divergence.log_weights(logits, PEARSON)
        loss = f_divergence.fake_loss(logits, PEARSON)
    np.testing.assert_allclose(log_weights, np.log([1e-30, 1e-30, 1e-30, 0.5]), rtol=1e-6)
    np.testing.assert_allclose(tf.nn.softmax(log_weights), [0, 0, 0, 1], atol=1e-29)
    np.testing.assert_allclose(tf.nn.softmax(log_weights[:3]), [1 / 3] * 3, rtol=1e-6)
    assert np.isfinite(tape.gradient(log_weights, logits)).all()
    np.testing.assert_allclose(tape.gradient(loss, logits), [0, -2.5, -4999, 0.5], rtol=1e-6)


def test_bounded_losses_and_log_weights_stay_finite():
    extreme = tf.constant([-1e4, 1e4])
    for divergence in ["gan", "jensen_shannon", PEARSON]:
        assert np.isfinite(f_divergence.real_loss(extreme, divergence)).all()
        assert np.isfinite(f_divergence.fake_loss(extreme, divergence)).all()
    for divergence in DIVERGENCES:
        np.testing.assert_array_equal(f_divergence.log_weights(extreme, divergence), extreme)


@pytest.mark.parametrize(
    "function", [f_divergence.real_loss, f_divergence.fake_loss, f_divergence.log_weights]
)
def test_unknown_divergence(function):
    names = ", ".join(map(repr, [*DIVERGENCES, PEARSON]))
    with pytest.raises(ValueError, match=f"divergence='chi': choose one of {names}$"):
        function(tf.zeros([2]), "chi")
