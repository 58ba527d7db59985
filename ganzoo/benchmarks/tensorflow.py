"""The benchmark's contestants on TensorFlow: `model.fit`, and a bare compiled loop."""

import keras
import numpy as np
import tensorflow as tf

import ganzoo
from ganzoo.benchmarks import networks


def _data(spec, batches):
    shape = (spec["batch"] * batches, *spec["data_shape"])
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def examples(model, count):
    """Random float32 [count, *data_shape] as the model takes them: in its range, or hard."""
    low, high = model.value_range or (-1.0, 1.0)
    values = np.random.default_rng(0).uniform(low, high, (count, *model.data_shape))
    if model.distribution == "bernoulli":
        values = values > 0.5
    elif model.distribution == "categorical":
        values = values == values.max(axis=-1, keepdims=True)
    return values.astype("float32")


class Fit:
    """`model.fit` on an array, as a user calls it.

    `model` is a case of `ganzoo.benchmarks.CASES` or a recipe's name.
    """

    def __init__(self, model, spec, precision, jit_compile, steps_per_execution):
        settings = {"jit_compile": jit_compile, "steps_per_execution": steps_per_execution}
        name = model
        if model in ganzoo.benchmarks.CASES:
            name = spec["recipe"]
            keras.config.set_dtype_policy(precision)
            generator, discriminator = networks.build(model, spec["latent_dim"])
            adam = keras.optimizers.Adam
            settings |= {
                "generator": generator,
                "discriminator": discriminator,
                "latent_distribution": "normal",
                "generator_optimizer": adam(2e-4, beta_1=0.5),
                "discriminator_optimizer": adam(2e-4, beta_1=0.5),
            }
        self.model = ganzoo.create(
            name, spec["data_shape"], num_classes=10, seed=0, precision=precision, **settings
        )
        self.spec = spec
        self.x = examples(self.model, 50 * self.model.minibatches_per_step * spec["batch"])
        self.y = np.arange(len(self.x)) % 10 if self.model.learns_labels else None

    def run(self, steps):
        """Trains for `steps` steps."""
        self.model.fit(
            self.x,
            self.y,
            batch_size=self.spec["batch"],
            epochs=1,
            steps_per_epoch=steps,
            verbose=0,
        )


class Loop:
    """The least that trains a case: a compiled step in a Python loop over tensors in memory."""

    def __init__(self, case, spec, precision, jit_compile):
        keras.config.set_dtype_policy(precision)
        generator, discriminator = networks.build(case, spec["latent_dim"])
        optimizers = [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]
        for optimizer, network in zip(optimizers, (discriminator, generator)):
            optimizer.build(network.trainable_variables)
        self.batches = tf.split(tf.constant(_data(spec, 8)), 8)

        def generate():
            latent = tf.random.normal([spec["batch"], spec["latent_dim"]])
            return generator(latent, training=True)

        @tf.function(jit_compile=jit_compile)
        def step(real):
            with tf.GradientTape() as generator_tape:
                fake = generate()
            with tf.GradientTape() as tape:
                logits = discriminator(tf.concat([real, fake], 0), training=True)
                real_logits, fake_logits = tf.split(logits, 2)
                loss = tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits))
            weights = discriminator.trainable_variables
            optimizers[0].apply(tape.gradient(loss, weights), weights)
            with generator_tape:
                if not spec["one_pass"]:
                    fake = generate()
                loss = tf.reduce_mean(tf.nn.softplus(-discriminator(fake, training=True)))
            weights = generator.trainable_variables
            optimizers[1].apply(generator_tape.gradient(loss, weights), weights)

        self.step = step

    def run(self, steps):
        """Trains for `steps` steps."""
        for index in range(steps):
            self.step(self.batches[index % len(self.batches)])


def matmul_rate(seconds=1.0):
    """FLOP/s of float32 products of 2048 x 2048 matrices on this machine."""
    import time

    a = tf.random.normal([2048, 2048])
    product = tf.function(lambda: tf.reduce_sum(tf.matmul(a, a)))
    product().numpy()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        product().numpy()
        count += 1
    return count * 2 * 2048**3 / (time.perf_counter() - start)
