import keras
import numpy as np
import pytest
import tensorflow as tf


class Counter(keras.Model):
    """As much of a generative model as the callbacks use: its weight counts the steps."""

    data_shape = (4, 4, 1)
    value_range = (-1.0, 1.0)
    num_classes = None
    uses_labels = False

    def __init__(self, break_at=0, **kwargs):
        super().__init__(**kwargs)
        self.break_at = break_at
        self.iteration = self.add_weight(shape=(), dtype="int64", trainable=False, name="iteration")
        self.weight = self.add_weight(shape=(2,), initializer="zeros", name="weight")
        self.built = True

    def compile(self):
        super().compile(optimizer=None)
        self.weight_optimizer = keras.optimizers.SGD(0.5, momentum=0.5)
        self.weight_optimizer.build([self.weight])

    def get_compile_config(self):
        return {}

    def compile_from_config(self, config):
        self.compile()

    def train_step(self, data):
        self.iteration.assign_add(1)
        step = tf.cast(self.iteration.value, tf.float32)
        self.weight_optimizer.apply([tf.fill([2], -1.0)], [self.weight])
        loss = tf.where(self.iteration.value == self.break_at, np.nan, step)
        return {"first_loss": step, "second_loss": loss}

    def test_step(self, data):
        return {"first_loss": tf.constant(0.0)}

    def generate(self, num_samples, label=None, seed=None):
        base = float(self.weight.value[0]) / 100.0
        noise = np.random.default_rng(seed).uniform(-0.1, 0.1, (num_samples, *self.data_shape))
        return np.float32(base + noise)

    def get_config(self):
        return {"break_at": self.break_at}


@pytest.fixture
def counter():
    """Function that builds a compiled `Counter`."""

    def build(**kwargs):
        model = Counter(**kwargs)
        model.compile()
        return model

    return build


@pytest.fixture
def fit():
    """Function that trains a model on 5 steps an epoch."""

    def train(model, callbacks, epochs, initial_epoch=0, validated=False):
        x = tf.data.Dataset.from_tensor_slices(np.zeros((10, 4, 4, 1), np.float32)).batch(2)
        return model.fit(
            x,
            epochs=epochs,
            initial_epoch=initial_epoch,
            callbacks=callbacks,
            validation_data=x if validated else None,
            verbose=0,
        )

    return train
