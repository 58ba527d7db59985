"""The Keras networks of the benchmark's cases."""

import keras

from ganzoo.layers import BatchNormalization, Conv2D, Conv2DTranspose


def build(case, latent_dim):
    """Generator and discriminator of a case in `ganzoo.benchmarks.CASES`."""
    return {"dcgan28": _dcgan28, "toy": _toy}[case](latent_dim)


def _dcgan28(latent_dim):
    layers = keras.layers

    def up(maps, strides):
        return Conv2DTranspose(maps, 5, strides=strides, padding="same", use_bias=False)

    latent = keras.Input((latent_dim,))
    h = layers.Reshape((7, 7, 256))(layers.Dense(12544, use_bias=False)(latent))
    h = layers.ReLU()(BatchNormalization()(h))
    h = layers.ReLU()(BatchNormalization()(up(128, 1)(h)))
    h = layers.ReLU()(BatchNormalization()(up(64, 2)(h)))
    image = layers.Activation("tanh", dtype="float32")(up(1, 2)(h))

    sample = keras.Input((28, 28, 1))
    h = layers.LeakyReLU(0.2)(Conv2D(64, 5, strides=2, padding="same")(sample))
    h = layers.LeakyReLU(0.2)(Conv2D(128, 5, strides=2, padding="same")(h))
    logit = layers.Dense(1, dtype="float32")(layers.Flatten()(h))
    return keras.Model(latent, image), keras.Model(sample, logit)


def _toy(latent_dim):
    def perceptron(inputs, outputs):
        x = keras.Input((inputs,))
        h = x
        for _ in range(3):
            h = keras.layers.Dense(128, "relu")(h)
        return keras.Model(x, keras.layers.Dense(outputs, dtype="float32")(h))

    return perceptron(latent_dim, 2), perceptron(2, 1)
