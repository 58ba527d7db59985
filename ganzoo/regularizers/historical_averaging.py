"""Historical averaging: Salimans et al., "Improved Techniques for Training GANs", NIPS 2016,
arXiv 1606.03498, section 3.3."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class HistoricalAveraging(keras.optimizers.Optimizer):
    """An optimizer whose player also minimizes weight ||theta - 1/t sum_{i <= t} theta[i]||^2.

    The mean over the past includes the present, so that the penalty is zero at the first update; it
    is a constant in the gradient, which is 2 weight (theta - mean). An optimizer is where it
    belongs: the mean is a slot like a momentum, saved, resumed and replicated as slots are, and
    every player of every variant can have it. Losses are logged without the penalty.

    Args:
      optimizer: what descends the sum: a Keras optimizer, its name or its configuration. The
        learning rate, and options such as `clipnorm`, are set there.
      weight: of the penalty; 1 in the paper.
    """

    def __init__(self, optimizer, weight=1.0, name=None):
        if isinstance(weight, bool) or not 0.0 < weight < float("inf"):
            raise ValueError(f"weight={weight!r}: give a number above 0")
        # The rate of the inner optimizer is the one that counts: see `learning_rate`.
        super().__init__(learning_rate=0.0, name=name)
        self.optimizer = keras.optimizers.get(optimizer)
        self.weight = weight

    def build(self, variables):
        if self.built:  # by an earlier `compile`: the means go on
            return
        self.optimizer.build(variables)
        self.means = [
            self.add_variable_from_reference(variable, name="historical_mean")
            for variable in variables
        ]
        super().build(variables)

    def apply(self, grads, trainable_variables=None):
        """One update, in replica context; a gradient or None for each variable."""
        variables = trainable_variables or self._trainable_variables
        if not self.built:
            self.build(variables)
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        updates = tf.cast(self.optimizer.iterations, tf.float32) + 1.0
        penalized = []
        for gradient, variable in zip(grads, variables):
            if gradient is None:
                penalized.append(None)
                continue
            mean = self.means[self._get_variable_index(variable)]
            value = tf.convert_to_tensor(variable)
            new_mean = mean + (value - mean) / updates
            mean.assign(new_mean)
            # The inner optimizer sums over replicas, each of which brings its part.
            penalized.append(gradient + 2.0 * self.weight / replicas * (value - new_mean))
        self.optimizer.apply(penalized, variables)

    @property
    def variables(self):
        return self._variables + self.optimizer.variables

    @property
    def learning_rate(self):
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        self.optimizer.learning_rate = learning_rate

    @property
    def iterations(self):
        return self.optimizer.iterations

    def finalize_variable_values(self, var_list):
        self.optimizer.finalize_variable_values(var_list)

    def get_config(self):
        return {
            "optimizer": keras.optimizers.serialize(self.optimizer),
            "weight": self.weight,
            "name": self.name,
        }
