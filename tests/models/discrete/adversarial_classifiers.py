"""An adversarial classifier of vectors in three classes, small enough to enumerate."""

import keras
import numpy as np

from ganzoo.models.discrete.adversarial_classifier import AdversarialClassifier

CLASSES = 3


def linear(units=CLASSES, **settings):
    """Model whose classifier and discriminator are linear in points [N, 2]; plain descent."""
    keras.utils.set_random_seed(3)
    point = keras.Input((2,))
    classifier = keras.Model(point, keras.layers.Dense(units)(point))
    labels = keras.Input((None, units))
    table = keras.layers.Dense(units, bias_initializer="random_normal")(point)
    discriminator = keras.Model([point, labels], keras.layers.Dot((2, 1))([labels, table]))
    model = AdversarialClassifier(
        classifier, discriminator, value_range=None, **{"seed": 0, **settings}
    )
    return descending(model, 0.1)


def perceptrons(**settings):
    """Model of perceptrons with one hidden layer, on points [N, 2], with Adam."""
    keras.utils.set_random_seed(4)
    point, labels = keras.Input((2,)), keras.Input((None, CLASSES))
    hidden = keras.layers.Dense(16, "relu")(point)
    classifier = keras.Model(point, keras.layers.Dense(CLASSES)(hidden))
    of_point = keras.layers.Reshape((1, 16))(keras.layers.Dense(16)(point))
    hidden = keras.layers.Add()([of_point, keras.layers.Dense(16)(labels)])
    logits = keras.layers.Dense(1)(keras.layers.ReLU()(hidden))
    discriminator = keras.Model([point, labels], keras.layers.Reshape((-1,))(logits))
    model = AdversarialClassifier(
        classifier, discriminator, value_range=None, **{"seed": 0, **settings}
    )
    model.compile(
        classifier_optimizer=keras.optimizers.Adam(0.01, beta_1=0.5),
        discriminator_optimizer=keras.optimizers.Adam(0.01, beta_1=0.5),
    )
    return model


def descending(model, rate, discriminator_rate=None):
    """`model`, recompiled for plain gradient descent."""
    model.compile(
        classifier_optimizer=keras.optimizers.SGD(rate),
        discriminator_optimizer=keras.optimizers.SGD(
            rate if discriminator_rate is None else discriminator_rate
        ),
    )
    return model


def blobs(count, seed=0):
    """Points [count, 2] around three corners that no two classes share, and their classes."""
    generator = np.random.default_rng(seed)
    y = np.arange(count, dtype=np.int32) % CLASSES
    centers = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    return (centers[y] + 0.4 * generator.normal(size=(count, 2))).astype(np.float32), y
