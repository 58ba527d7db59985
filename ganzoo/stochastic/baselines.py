"""Baselines of the score function that are learned while training.

`center, scale = baseline(inputs)` gives what is subtracted from the costs [N] of a step and what
they are then divided by: the signal is (cost - center) / scale. Both are read before the step's
samples are drawn, and `update(costs, center)` afterwards moves the running values for the next
step, so the baseline does not depend on the samples that it is used with and the estimate stays
unbiased. A step that does not train leaves `update` out.

Running values are float32 variables of the layer, saved with the model that holds it. On several
replicas they follow the global batch.
"""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class MovingAverageBaseline(keras.layers.Layer):
    """c <- decay c + (1 - decay) mean cost, from c = 0, for `score_function`.

    Args:
      decay: in (0, 1).

    Raises:
      ValueError: a decay outside (0, 1).
    """

    def __init__(self, decay=0.95, **kwargs):
        super().__init__(**kwargs)
        self.decay = _checked_decay(decay)
        self.mean = _running_value(self, "mean")

    def call(self, inputs):
        """center [N], which is c, and scale 1; of `inputs` [N, ...] only N is used."""
        mean = tf.convert_to_tensor(self.mean)
        return tf.fill([tf.shape(inputs)[0]], mean), tf.ones_like(mean)

    def update(self, costs, center):
        """Moves c toward the mean of `costs` [N]; `center` [N] is what this step was called to."""
        deviations = tf.stop_gradient(costs - center)
        self.mean.assign_add((1.0 - self.decay) * mean_of_global_batch(deviations))

    def get_config(self):
        return {**super().get_config(), "decay": self.decay}


@keras.saving.register_keras_serializable("ganzoo")
class InputDependentBaseline(keras.layers.Layer):
    """c + C(inputs): Mnih and Gregor 2014 (NVIL), arXiv 1402.0030, Algorithm 1.

    C has one hidden layer of tanh units and is trained by `fit_loss`. c and v are the running mean
    and variance of cost - C(inputs), from zero, and the signal is

        (cost - c - C(inputs)) / max(1, sqrt(v)).

    The division scales the gradient of the score term and nothing else: its direction stays that of
    an unbiased estimate, its length is bounded where costs are large. The algorithm as printed
    updates c and v with a step's costs before it uses them in that step; here afterwards.

    Args:
      units: hidden units of C.
      decay: of c and v, in (0, 1).

    Inputs are what the distribution is conditioned on, [N, ...], never its samples; no gradient
    flows into them.

    Raises:
      ValueError: units below 1, or a decay outside (0, 1).
    """

    def __init__(self, units=100, decay=0.8, **kwargs):
        super().__init__(**kwargs)
        if units < 1:
            raise ValueError(f"units={units!r}: give an integer of at least 1")
        self.units = units
        self.decay = _checked_decay(decay)
        self.network = keras.Sequential(
            [
                keras.layers.Flatten(dtype=self.dtype_policy),
                keras.layers.Dense(units, activation="tanh", dtype=self.dtype_policy),
                keras.layers.Dense(1, dtype="float32"),
            ]
        )
        self.mean = _running_value(self, "mean")
        self.variance = _running_value(self, "variance")

    def build(self, input_shape):
        self.network.build(input_shape)

    def call(self, inputs):
        """center [N], which is c + C(inputs) with its gradient to C, and scale, a scalar."""
        center = self.mean + tf.squeeze(self.network(tf.stop_gradient(inputs)), axis=-1)
        return center, tf.maximum(1.0, tf.sqrt(self.variance))

    def update(self, costs, center):
        """Moves c and v by `costs` [N] and the `center` [N] that this step was called to."""
        deviations = tf.stop_gradient(costs - center)
        mean = mean_of_global_batch(deviations)
        variance = mean_of_global_batch(tf.square(deviations - mean))
        # center holds c already, so this is decay c + (1 - decay) mean(cost - C).
        self.mean.assign_add((1.0 - self.decay) * mean)
        self.variance.assign(self.decay * self.variance + (1.0 - self.decay) * variance)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "decay": self.decay}


def fit_loss(costs, center):
    """(cost - center)^2, [N]: trains the network behind `center` and nothing behind `costs`."""
    return tf.square(tf.stop_gradient(costs) - center)


def _checked_decay(decay):
    if not 0 < decay < 1:
        raise ValueError(f"decay={decay!r}: give a number in (0, 1)")
    return float(decay)


def _running_value(layer, name):
    return layer.add_weight(
        shape=(),
        initializer="zeros",
        dtype="float32",
        trainable=False,
        autocast=False,
        name=name,
        aggregation="only_first_replica",
    )


def mean_of_global_batch(values):
    """The mean of values [N] over the replicas' shares of a batch, a scalar, the same on all."""
    mean = tf.reduce_mean(values)
    if tf.distribute.get_strategy().num_replicas_in_sync > 1:
        replica = tf.distribute.get_replica_context()
        mean = replica.all_reduce(tf.distribute.ReduceOp.MEAN, mean)
    return mean
