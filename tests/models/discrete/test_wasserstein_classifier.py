import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo import networks
from ganzoo.models.discrete.wasserstein_classifier import WassersteinClassifier
from tests.models.steps import assert_same_weights, copy, descend, mean

SHAPE = (4, 4, 1)


def small(**settings):
    keras.utils.set_random_seed(5)
    model = WassersteinClassifier(
        networks.convolutional_classifier(SHAPE, 3, width=2),
        networks.pair_discriminator(SHAPE, 3, width=2, name="critic"),
        seed=0,
        **settings,
    )
    model.compile(
        run_eagerly=True,
        classifier_optimizer=keras.optimizers.SGD(0.1),
        critic_optimizer=keras.optimizers.SGD(0.1),
    )
    return model


def examples(count):
    generator = np.random.default_rng(0)
    x = generator.uniform(-1, 1, (count, *SHAPE)).astype(np.float32)
    return tf.constant(x), tf.constant(generator.integers(0, 3, count), tf.int32)


def test_train_step_is_the_algorithm():
    c = 0.3
    model = small(critic_steps=2, clip_value=c)
    f, g = copy(model.critic), copy(model.classifier)
    x, y = examples(12)
    logs = model.train_step((x, y))

    def real(t):
        return f([x[t::2], tf.one_hot(y[t::2], 3)[:, None]])

    def fake(t):
        return f([x[t::2], tf.nn.softmax(g(x[t::2]))[:, None]])

    losses = []
    for t in range(2):
        losses.append(descend(f, lambda t=t: mean(fake(t)) - mean(real(t))))
        f.set_weights([np.clip(w, -c, c) for w in f.get_weights()])
    accuracy = np.mean(np.argmax(g(x[1::2]), axis=1) == y[1::2])
    loss = descend(g, lambda: -mean(fake(1)))

    assert_same_weights(model.critic, f)
    assert_same_weights(model.classifier, g)
    assert max(np.abs(w).max() for w in f.trainable_variables) == np.float32(c)
    assert float(logs["critic_loss"]) == pytest.approx(np.mean(losses), rel=1e-4)
    assert float(logs["classifier_loss"]) == pytest.approx(loss, rel=1e-4)
    assert float(logs["accuracy"]) == pytest.approx(accuracy, rel=1e-5)


def test_evaluation_reports_the_same_losses():
    model = small()
    x, y = examples(8)
    found = model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True)
    fake = mean(model.critic([x, tf.nn.softmax(model.predict(x, verbose=0))[:, None]]))
    real = mean(model.critic([x, tf.one_hot(y, 3)[:, None]]))
    assert found["critic_loss"] == pytest.approx(float(fake - real), abs=1e-5)
    assert found["classifier_loss"] == pytest.approx(float(-fake), abs=1e-5)
    predicted = np.argmax(model.predict(x, verbose=0), axis=1)
    assert found["accuracy"] == pytest.approx(np.mean(predicted == y), abs=1e-6)


def test_a_saved_model_goes_on_bit_for_bit(tmp_path):
    x, y = examples(24)
    x, y = x.numpy(), y.numpy()
    whole, half = small(critic_steps=2), small(critic_steps=2)
    whole.fit(x, y, batch_size=4, epochs=2, verbose=0)
    half.fit(x, y, batch_size=4, epochs=1, verbose=0)
    half.save(tmp_path / "half.keras")
    resumed = keras.models.load_model(tmp_path / "half.keras")
    resumed.fit(x, y, batch_size=4, epochs=2, initial_epoch=1, verbose=0)
    for one, other in zip(whole.weights, resumed.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_settings_are_checked():
    with pytest.raises(ValueError, match="critic_steps=0: give an integer of at least 1"):
        small(critic_steps=0)
    with pytest.raises(ValueError, match="clip_value=0: give a number above 0"):
        small(clip_value=0)
    with pytest.raises(TypeError, match=r"use predict\(images\)"):
        small().generate(3)
