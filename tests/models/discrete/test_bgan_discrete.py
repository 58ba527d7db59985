import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from tests.models.steps import (
    RATE,
    Record,
    assert_same_weights,
    bits,
    copy,
    descend,
    mean,
    one_hot,
    small,
)

M = 4


def softmax(values, axis):
    exponential = np.exp(values - values.max(axis=axis, keepdims=True))
    return exponential / exponential.sum(axis=axis, keepdims=True)


def log_likelihood(logits, samples):
    """log g(x_m | z_n) [M, N] by the definition, from probabilities."""
    p = tf.sigmoid(logits)
    return tf.reduce_sum(samples * tf.math.log(p) + (1.0 - samples) * tf.math.log(1.0 - p), axis=-1)


def generator_objective(estimator, log_w, log_z):
    """Constant weights [M, N] whose sum with log g over m, averaged over n, is ascended."""
    if estimator == "per_latent":
        return softmax(log_w, axis=0)
    if estimator == "global":
        return log_w.shape[1] * softmax(log_w.reshape(-1), axis=0).reshape(log_w.shape)
    if estimator == "reinforce":
        return (log_w - log_z) / M
    w = np.exp(log_w)
    signals = np.empty_like(w)
    for m in range(M):
        others = np.delete(log_w, m, axis=0)
        rest = (np.exp(others).sum(axis=0) + np.exp(others.mean(axis=0))) / M
        signals[m] = np.log(w.mean(axis=0)) - np.log(rest)
    return signals


@pytest.mark.parametrize("estimator", ["per_latent", "global", "reinforce", "vimco"])
def test_two_train_steps(estimator):
    model = small("bgan_discrete", estimator=estimator, num_samples=M, log_z_decay=0.6)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record, log_z = bits(5), Record(model), 0.0
    for _ in range(2):
        model.reset_metrics()
        record.latents.clear()
        record.samples.clear()
        logs = model.train_step(x)
        fake, samples = record.samples

        def divergence(fake=fake):
            real_term = mean(tf.math.log(tf.sigmoid(a(x))))
            return -real_term - mean(tf.math.log(1.0 - tf.sigmoid(a(tf.reshape(fake, [-1, 3])))))

        loss = descend(a, divergence)
        assert float(logs["discriminator_loss"]) == pytest.approx(loss, rel=1e-4)

        log_w = np.reshape(a(tf.reshape(samples, [-1, 3])), [M, 5]).astype("float64")
        weights = tf.constant(generator_objective(estimator, log_w, log_z), tf.float32)
        z = record.latents[1]

        def fit(weights=weights, samples=samples, z=z):
            return -mean(tf.reduce_sum(weights * log_likelihood(g(z), samples), axis=0))

        loss = descend(g, fit)
        assert float(logs["generator_loss"]) == pytest.approx(loss, rel=1e-4, abs=1e-6)

        log_normalizers = np.log(np.exp(log_w).mean(axis=0))
        sizes = 1.0 / (softmax(log_w, axis=0) ** 2).sum(axis=0)
        assert float(logs["log_z"]) == pytest.approx(log_normalizers.mean(), rel=1e-4, abs=1e-6)
        assert float(logs["effective_sample_size"]) == pytest.approx(sizes.mean(), rel=1e-4)
        assert float(logs["weight_variance"]) == pytest.approx(
            (M / sizes - 1.0).mean(), rel=1e-3, abs=1e-6
        )
        assert float(logs["fooled_rate"]) == pytest.approx((log_w > 0.0).mean(), abs=1e-6)
        if estimator == "reinforce":
            log_z = 0.6 * log_z + 0.4 * log_normalizers.mean()
        assert float(model.log_z) == pytest.approx(log_z, rel=1e-4, abs=1e-6)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


def test_categorical_samples_are_weighted_too():
    model = small(
        "bgan_discrete",
        data_shape=(2, 3),
        distribution="categorical",
        num_samples=M,
        generator={"architecture": "mlp", "units": (5,), "activation": "tanh"},
        discriminator={"architecture": "mlp", "units": (6,), "activation": "tanh"},
    )
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = one_hot(5), Record(model)
    model.train_step(x)
    fake, samples = record.samples
    assert set(np.unique(samples)) == {0.0, 1.0}
    np.testing.assert_array_equal(np.sum(samples, axis=-1), 1.0)

    def divergence():
        fakes = a(tf.reshape(fake, [-1, 2, 3]))
        return mean(tf.nn.softplus(-a(x))) + mean(tf.nn.softplus(fakes))

    descend(a, divergence)
    log_w = np.reshape(a(tf.reshape(samples, [-1, 2, 3])), [M, 5])
    weights = tf.constant(softmax(log_w, axis=0), tf.float32)

    def fit():
        log_p = tf.reduce_sum(samples * tf.nn.log_softmax(g(record.latents[1])), axis=[-2, -1])
        return -mean(tf.reduce_sum(weights * log_p, axis=0))

    descend(g, fit)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


@pytest.mark.parametrize("divergence", ["kl", "pearson_chi_squared"])
def test_other_divergences_change_discriminator_and_weights(divergence):
    model = small("bgan_discrete", num_samples=M, divergence=divergence)
    a, g = copy(model.discriminator), copy(model.generator)
    x, record = bits(5), Record(model)
    model.train_step(x)
    fake, samples = record.samples

    def bound():
        real, fakes = a(x), a(tf.reshape(fake, [-1, 3]))
        if divergence == "kl":
            return mean(tf.exp(fakes)) - mean(real + 1.0)
        return mean(fakes**2 / 4.0 + fakes) - mean(real)

    descend(a, bound)
    scores = np.reshape(a(tf.reshape(samples, [-1, 3])), [M, 5])
    w = np.exp(scores) if divergence == "kl" else scores / 2.0 + 1.0
    assert w.min() > 0.0
    weights = tf.constant(w / w.sum(axis=0), tf.float32)

    def fit():
        return -mean(tf.reduce_sum(weights * log_likelihood(g(record.latents[1]), samples), axis=0))

    descend(g, fit)
    assert_same_weights(model.discriminator, a)
    assert_same_weights(model.generator, g)


def test_one_sample_teaches_nothing_on_average():
    """With M = 1 the mean update over many latents and draws is zero; with M = 20 it is not."""
    moves = {}
    for count in (1, 20):
        model = small("bgan_discrete", num_samples=count, latent_dim=1)
        # One latent for all, and a discriminator that prefers ones.
        model.draw_latents = lambda x, seed: tf.ones([len(x), 1])
        model.discriminator.layers[-1].kernel.assign(tf.ones([6, 1]))
        before = np.array(model.generator(tf.ones([1, 1])))
        model.discriminator_optimizer.learning_rate = 0.0
        model.train_step(bits(20_000))
        moves[count] = np.abs(np.array(model.generator(tf.ones([1, 1]))) - before).max() / RATE
    assert moves[1] < 0.05
    assert moves[20] > 5 * moves[1]


def test_the_samples_cost_one_pass_of_the_generator():
    model = small("bgan_discrete", num_samples=50)
    sizes, call = [], model.generator.call

    def counted(inputs, *args, **kwargs):
        sizes.append(len(inputs))
        return call(inputs, *args, **kwargs)

    model.generator.call = counted
    model.train_step(bits(5))
    assert sizes == [5, 5]  # for the discriminator's update and for its own


def test_evaluation_has_the_losses_of_a_step():
    model = small("bgan_discrete", num_samples=M)
    x, record = bits(6), Record(model)
    logs = model.test_step(x)
    [samples] = record.samples
    fakes = np.reshape(model.discriminator(tf.reshape(samples, [-1, 3])), [M, 6])
    real = np.array(model.discriminator(x))
    expected = np.log1p(np.exp(-real)).mean() + np.log1p(np.exp(fakes)).mean()
    assert float(logs["discriminator_loss"]) == pytest.approx(expected, rel=1e-4)
    log_g = log_likelihood(model.generator(record.latents[0]), samples)
    expected = -(softmax(fakes, axis=0) * log_g.numpy()).sum(axis=0).mean()
    assert float(logs["generator_loss"]) == pytest.approx(expected, rel=1e-4)


# === What every model of discrete data has ===


def test_samples_follow_their_probabilities():
    model = ganzoo.create("bgan_discrete", (3,), seed=0, latent_dim=2)
    p = model.decode(tf.tile([[0.3, -0.8]], [20_000, 1]))
    model.sample_latents = lambda count, seed: tf.tile([[0.3, -0.8]], [count, 1])
    drawn = np.mean(model.generate(20_000, seed=1), axis=0)
    error = np.sqrt(p[0] * (1 - p[0]) / 20_000)
    assert (np.abs(drawn - p[0]) < 4 * error).all()
    assert (np.abs(p[0] - 0.5) > 8 * error).any()


def test_categories_follow_their_probabilities():
    settings = {"distribution": "categorical", "latent_dim": 2}
    model = ganzoo.create(
        "bgan_discrete",
        (2, 3),
        seed=0,
        generator={"architecture": "mlp"},
        discriminator={"architecture": "mlp"},
        **settings,
    )
    model.sample_latents = lambda count, seed: tf.tile([[0.3, -0.8]], [count, 1])
    p = model.decode(model.sample_latents(1, 0))[0]
    drawn = np.mean(model.generate(20_000, seed=1), axis=0)
    assert (np.abs(drawn - p) < 4 * np.sqrt(p * (1 - p) / 20_000)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"estimator": "per_z"}, "estimator='per_z': choose one of 'per_latent', 'global'"),
        ({"divergence": "js"}, "divergence='js': choose one of 'gan'"),
        ({"num_samples": 0}, "num_samples=0: give an integer of at least 1"),
        ({"num_samples": 1, "estimator": "vimco"}, "num_samples=1: .* at least 2"),
        ({"distribution": "gaussian"}, "distribution='gaussian': choose one of"),
        ({"value_range": (-1.0, 1.0)}, "value_range"),
        ({"generator": {"output_activation": "sigmoid"}}, "must end without an activation"),
        ({"symbols": "abc"}, "3 symbols for distribution='bernoulli'"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ganzoo.create("bgan_discrete", (3,), **settings)


def test_symbols_outlive_a_file(tmp_path):
    model = ganzoo.create(
        "bgan_discrete",
        (4, 3),
        distribution="categorical",
        symbols="abc",
        latent_dim=2,
        generator={"architecture": "mlp"},
        discriminator={"architecture": "mlp"},
    )
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").symbols == ("a", "b", "c")
