"""Stochastic gradient Hamiltonian Monte Carlo: Chen, Fox and Guestrin 2014, arXiv 1402.4102."""

import random

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("ganzoo")
class SGHMC(keras.optimizers.Optimizer):
    """Descent with friction and noise, which draws weights from their posterior.

    With L the mean loss -1/N log p(data | theta) of N examples and the prior N(0, prior_std^2 I),
    one update is (equation 15 of the paper, with the noise of the gradients neglected)

        v     <- (1 - friction) v - learning_rate (grad L + theta / (prior_std^2 N)) + n
        theta <- theta + v,   n ~ N(0, 2 friction learning_rate / N  I)

    so that `learning_rate` is the paper's eta times N, of the size of a rate for momentum: without
    noise this is gradient descent with momentum 1 - friction. The noise is a function of seed and
    iteration, the same on every replica.

    Args:
      learning_rate: a number or a Keras schedule.
      num_examples: N, at least 1.
      friction: alpha in (0, 1].
      prior_std: standard deviation of the weights' prior.
      seed: integer, of the noise; None draws one, as `keras.utils.set_random_seed` decides.
    """

    def __init__(
        self,
        learning_rate=1e-3,
        num_examples=60_000,
        friction=0.1,
        prior_std=1.0,
        seed=None,
        name="sghmc",
        **kwargs,
    ):
        for argument, value, highest in (
            ("num_examples", num_examples, float("inf")),
            ("friction", friction, 1.0),
            ("prior_std", prior_std, float("inf")),
        ):
            if isinstance(value, bool) or not 0.0 < value <= highest:
                bound = "" if highest == float("inf") else f" and at most {highest:g}"
                raise ValueError(f"{argument}={value!r}: give a number above 0{bound}")
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.num_examples = num_examples
        self.friction = friction
        self.prior_std = prior_std
        self.seed = random.randrange(2**31) if seed is None else seed

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.velocities = [
            self.add_variable_from_reference(variable, name="velocity") for variable in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        velocity, dtype = self.velocities[index], variable.dtype
        rate = tf.cast(learning_rate, dtype)
        value = tf.convert_to_tensor(variable)
        slope = tf.cast(gradient, dtype) + value / (self.prior_std**2 * self.num_examples)
        seed = tf.stack([tf.constant(self.seed, tf.int64), tf.cast(self.iterations, tf.int64)])
        seed = tf.random.experimental.stateless_fold_in(seed, tf.constant(index, tf.int64))
        noise = tf.random.stateless_normal(variable.shape, seed, dtype=dtype, alg="philox")
        noise *= tf.sqrt(2.0 * self.friction * rate / self.num_examples)
        new_velocity = (1.0 - self.friction) * velocity - rate * slope + noise
        self.assign(velocity, new_velocity)
        self.assign_add(variable, new_velocity)

    def get_config(self):
        return {
            **super().get_config(),
            "num_examples": self.num_examples,
            "friction": self.friction,
            "prior_std": self.prior_std,
            "seed": self.seed,
        }
