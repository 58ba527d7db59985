"""Exact maximum likelihood by the change of variables, for every flow; the papers' own are beside.

Images are dequantized: gray levels v of 256, given as x = v / 255, become (v + u) / 256 with u in
[0, 1), because a density could grow without bound on a grid of values (Uria et al. 2013, arXiv
1306.0186). Densities of images are those of (v + u) / 256, in [0, 1], whatever the `value_range`.
"""

import math

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from ganzoo.models.base import GenerativeModel

PRIORS = {"normal": tfd.Normal, "logistic": tfd.Logistic}


class NormalizingFlow(GenerativeModel):
    """log p(x) = log p(f(x)) + log|det df(x)/dx|, maximized.

    Loss: mean over examples of -log p(x) in nats, a sum over dimensions; of images at
    (255 x + u) / 256 with fresh u ~ U(0, 1), where d log 256 more is on average an upper bound of
    -log P(v), P the probability of gray levels v that p gives.

    `generate` inverts the flow on draws of the prior, N(0, 1) or the logistic distribution of each
    dimension; images are clipped to `value_range`.

    Args:
      flow: a `ganzoo.layers.Flow` from data (images in [0, 1]) to latents.
    """

    network_names = ("flow",)
    sampled_network = "flow"
    latent_distributions = tuple(PRIORS)
    logged = ("loss",)
    joint = True

    def __init__(self, flow, **kwargs):
        # float32 in mixed precision too, where Keras would round latents to bfloat16.
        super().__init__({"flow": flow}, **{**kwargs, "dtype": "float32"})
        check_range(self)

    def shapes_of(self, sampler):
        return math.prod(sampler.data_shape), sampler.data_shape

    def train_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.step_seeds(1)
        x = dequantize(x, self.value_range, self.draw_uniform(x, seed))
        with tf.GradientTape() as tape:
            loss = self.average(-log_density(self.flow, self.latent_distribution, x))
        self.minimize("loss", tape, loss)
        return self.logs()

    def test_step(self, data):
        [(x, _)] = self.minibatches(data)
        [seed] = self.evaluation_seeds(1)
        x = dequantize(x, self.value_range, self.draw_uniform(x, seed))
        self.track(loss=self.average(-log_density(self.flow, self.latent_distribution, x)))
        return self.logs()

    def call(self, inputs, training=None):
        """Latents [N, d] to samples in `value_range`."""
        return to_range(self.sampler.inverse(inputs), self.value_range)

    def log_prob(self, x):
        """log p(x) in nats, [N]: of images, of the middle of each pixel's gray level (u = 1/2)."""
        x = dequantize(x, self.value_range, 0.5)
        return log_density(self.sampler, self.latent_distribution, x)


def check_range(model):
    """ValueError unless images have a range."""
    if is_image(model.data_shape) and model.value_range is None:
        raise ValueError("value_range=None: images take the (low, high) of their gray levels")


def log_density(flow, latent_distribution, x):
    """log p(f(x)) + log|det df(x)/dx| in nats, [N], for x as `dequantize` gives it."""
    z, log_determinant = flow(x)
    prior = PRIORS[latent_distribution](0.0, 1.0)
    return tf.reduce_sum(prior.log_prob(z), axis=-1) + log_determinant


def dequantize(x, value_range, uniform):
    """(255 x + u) / 256 in [0, 1], for images x in `value_range`; other data as they are."""
    if not is_image(x.shape[1:]):
        return x
    low, high = value_range
    # What passes as data may lie a thousandth beyond its range.
    levels = tf.clip_by_value((x - low) / (high - low), 0.0, 1.0)
    return (255.0 * levels + uniform) / 256.0


def to_range(x, value_range):
    """What a flow samples, images in [0, 1], in `value_range`."""
    if not is_image(x.shape[1:]):
        return x
    low, high = value_range
    return low + (high - low) * tf.clip_by_value(x, 0.0, 1.0)


def is_image(data_shape):
    """Whether data have gray levels: (height, width, channels)."""
    return len(data_shape) == 3
