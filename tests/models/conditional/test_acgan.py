import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo.models.conditional.acgan import ACGAN
from tests.models import toys
from tests.models.steps import (
    Record,
    assert_same_weights,
    copy,
    descend,
    examples,
    mean,
    small,
)

LABELS = tf.constant([0, 2, 1, 1, 0, 2, 2, 0])


def log_probability(class_logits, label):
    """log P(C = label) by the softmax written out, [N]."""
    probabilities = tf.exp(class_logits) / tf.reduce_sum(tf.exp(class_logits), 1, keepdims=True)
    return tf.math.log(tf.gather(probabilities, label, batch_dims=1))


def test_train_step_is_equations_2_and_3():
    model = small("acgan", num_classes=3)
    d, g = copy(model.discriminator), copy(model.generator)
    x, record = examples(8), Record(model)
    logs = model.train_step((x, LABELS))

    class_losses = []

    def discriminator_objective():
        (real, real_classes), (fake, fake_classes) = d(x), d(g([record.latents[0], LABELS]))
        source = mean(tf.math.log(tf.sigmoid(real))) + mean(tf.math.log(1 - tf.sigmoid(fake)))
        of_classes = [mean(log_probability(c, LABELS)) for c in (real_classes, fake_classes)]
        class_losses.extend(-float(value) for value in of_classes)
        return -(source + of_classes[0] + of_classes[1])

    def generator_objective():
        fake, fake_classes = d(g([record.latents[1], LABELS]))
        return -mean(tf.math.log(tf.sigmoid(fake))) - mean(log_probability(fake_classes, LABELS))

    losses = descend(d, discriminator_objective), descend(g, generator_objective)
    assert_same_weights(model.discriminator, d)
    assert_same_weights(model.generator, g)
    assert float(logs["discriminator_loss"]) == pytest.approx(losses[0], rel=1e-5)
    assert float(logs["generator_loss"]) == pytest.approx(losses[1], rel=1e-5)
    assert float(logs["real_class_loss"]) == pytest.approx(class_losses[0], rel=1e-5)
    assert float(logs["fake_class_loss"]) == pytest.approx(class_losses[1], rel=1e-5)


def test_losses_where_the_discriminator_knows_nothing():
    model = small("acgan", num_classes=3, rate=0.0)
    model.discriminator.set_weights([0 * w for w in model.discriminator.get_weights()])
    logs = model.train_step((examples(8), LABELS))
    assert float(logs["real_class_loss"]) == pytest.approx(np.log(3), rel=1e-6)
    assert float(logs["fake_class_loss"]) == pytest.approx(np.log(3), rel=1e-6)
    of_discriminator = 2 * np.log(2) + 2 * np.log(3)
    assert float(logs["discriminator_loss"]) == pytest.approx(of_discriminator, rel=1e-6)
    assert float(logs["generator_loss"]) == pytest.approx(np.log(2) + np.log(3), rel=1e-6)


def test_validation_reports_the_losses_of_training():
    model = small("acgan", num_classes=3)
    x, record = examples(8), Record(model)
    logs = model.test_step((x, LABELS))
    (real, real_classes) = model.discriminator(x)
    fake, fake_classes = model.discriminator(model.generator([record.latents[0], LABELS]))
    source = mean(tf.nn.softplus(-real)) + mean(tf.nn.softplus(fake))
    of_real = -mean(log_probability(real_classes, LABELS))
    of_fake = -mean(log_probability(fake_classes, LABELS))
    expected = {
        "discriminator_loss": source + of_real + of_fake,
        "generator_loss": mean(tf.nn.softplus(-fake)) + of_fake,
        "real_class_loss": of_real,
        "fake_class_loss": of_fake,
    }
    assert set(logs) == set(expected)
    for name, value in expected.items():
        assert float(logs[name]) == pytest.approx(float(value), rel=1e-5)


def test_classify_and_discriminate_are_the_two_outputs():
    model = small("acgan", num_classes=3)
    x = examples(5)
    logits, class_logits = model.discriminator(x)
    probability = model.classify(x)["probability"].numpy()
    np.testing.assert_allclose(probability.sum(axis=1), 1.0, rtol=1e-6)
    expected = log_probability(class_logits, tf.ones([5], tf.int32))
    np.testing.assert_allclose(np.log(probability[:, 1]), expected, rtol=1e-4)
    np.testing.assert_array_equal(model.discriminate(x)["score"], logits)


def test_exports_answer_with_image_alone(tmp_path):
    model = small("acgan", num_classes=3)
    model.export(tmp_path)
    loaded, x = ganzoo.load(tmp_path), examples(5)
    assert set(loaded.endpoints) == {"serving_default", "sample", "discriminate", "classify"}
    for name, method in (("classify", model.classify), ("discriminate", model.discriminate)):
        [(key, expected)] = method(x).items()
        np.testing.assert_allclose(loaded.endpoints[name](image=x)[key], expected, rtol=1e-5)
    np.testing.assert_allclose(
        loaded.generate(4, label=2, seed=0), model.generate(4, label=2, seed=0), rtol=1e-5
    )


def test_networks_of_other_inputs_or_outputs_are_refused():
    plain, model = small("nsgan"), small("acgan", num_classes=3)
    with pytest.raises(ValueError, match=r"sizes 1 and num_classes, not \[1\]"):
        ACGAN(model.generator, plain.discriminator, num_classes=3)
    with pytest.raises(ValueError, match=r"num_classes=4: .* not \[1, 3\]"):
        ACGAN(model.generator, model.discriminator, num_classes=4)
    with pytest.raises(ValueError, match="the generator takes two inputs"):
        ACGAN(plain.generator, model.discriminator, num_classes=3)


@pytest.mark.parametrize(
    ("shape", "settings"), [((8, 8, 1), {"width": 3}), ((5,), {"units": (6, 4)})]
)
def test_both_heads_read_the_last_features(shape, settings):
    model = ganzoo.create("acgan", shape, num_classes=3, seed=0, discriminator=settings)
    critic = model.discriminator
    score, classes = critic.layers[-2:]
    assert [score.units, classes.units] == [1, 3]
    assert score.input is classes.input
    x = np.random.default_rng(0).uniform(-1, 1, (4, *shape)).astype("float32")
    features = keras.Model(critic.input, score.input)(x)
    np.testing.assert_allclose(critic(x)[1], features @ classes.kernel + classes.bias, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_samples_belong_to_their_mode_of_the_ring(seed):
    """But for a class or two: with seed 1 one of them, once two, went to the mode of another."""
    model = toys.trained("acgan", "ring", seed, steps=1500)
    assert toys.ring_coverage(model).num_modes >= 6
    assert toys.share_of_own_mode(model) >= 0.7
