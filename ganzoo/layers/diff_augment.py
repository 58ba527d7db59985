"""DiffAugment: Zhao, Liu, Lin, Zhu, Han, "Differentiable Augmentation for Data-Efficient GAN
Training", NeurIPS 2020, arXiv 2006.10738.

The transformations are pure functions of images [N, H, W, C] and of uniform numbers u in [0, 1)
that determine the parameters of each example, [N, count]. Ranges and order are those of the
released code.
"""

import functools

import keras
import tensorflow as tf

from ganzoo.layers.step_noise import draw_in_step

_SHIFT = 1 / 8  # of the side, at most
_HOLE = 1 / 2  # of the side


def color(images, uniform):
    """Brightness, saturation and contrast of each example; `uniform` is [N, 3].

    x + b, b in [-1/2, 1/2); then the distance to the pixel's mean over channels times s in [0, 2);
    then the distance to the mean of the image times c in [1/2, 3/2). Numbers may leave the range.
    """
    brightness, saturation, contrast = _per_image(uniform, 3)
    images += brightness - 0.5
    gray = tf.reduce_mean(images, axis=-1, keepdims=True)
    images = (images - gray) * (2.0 * saturation) + gray
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    return (images - mean) * (contrast + 0.5) + mean


def translation(images, uniform):
    """Shifts each example by up to 1/8 of its sides, zeros coming in; `uniform` is [N, 2]."""
    for axis, numbers in zip((1, 2), tf.unstack(uniform, axis=1)):
        side = images.shape[axis]
        most = int(side * _SHIFT + 0.5)
        shift = _integers(numbers, -most, most)[:, None, None]
        positions = tf.range(side)
        # Row i is row i - shift: a product with a matrix of zeros and ones, whose gradient is one.
        moved = tf.cast(positions[:, None] - shift == positions, images.dtype)
        equation = "nij,njwc->niwc" if axis == 1 else "nij,nhjc->nhic"
        images = tf.einsum(equation, moved, images)
    return images


def cutout(images, uniform):
    """Zeros a square of half the sides, which may hang over the edge; `uniform` is [N, 2]."""
    inside = []
    for axis, numbers in zip((1, 2), tf.unstack(uniform, axis=1)):
        side = images.shape[axis]
        hole = int(side * _HOLE + 0.5)
        # An even hole has its middle between two pixels, and one place more.
        start = _integers(numbers, 0, side - hole % 2)[:, None] - hole // 2
        positions = tf.range(side)
        inside.append((positions >= start) & (positions < start + hole))
    hidden = inside[0][:, :, None] & inside[1][:, None, :]
    return images * tf.cast(~hidden, images.dtype)[..., None]


def _integers(uniform, low, high):
    """int32 in [low, high], equally likely."""
    return low + tf.cast(tf.floor(uniform * (high - low + 1)), tf.int32)


def _per_image(uniform, count):
    return [column[:, None, None, None] for column in tf.unstack(uniform, count, axis=1)]


TRANSFORMATIONS = {"color": (color, 3), "translation": (translation, 2), "cutout": (cutout, 2)}


@keras.saving.register_keras_serializable("ganzoo")
class DiffAugment(keras.layers.Layer):
    """Transforms every image of a train step anew; in front of a discriminator.

    In both players' updates, of data and of samples alike, every example has parameters of its own
    and the gradient passes through to the generator. In inference mode, which that of evaluation
    and of gradient penalties is, images pass as they are. Numbers are drawn by the model, so that a
    resumed training and several replicas draw those of an uninterrupted one on one device.

    Args:
      policy: names of transformations, done in this order: "color", "translation", "cutout". The
        paper has all three where data are few, the latter two on CIFAR-10.

    Call on images [N, H, W, C]; returns the same shape.

    Raises:
      ValueError: another name, none, or inputs that are no images.
    """

    def __init__(self, policy=tuple(TRANSFORMATIONS), **kwargs):
        super().__init__(**kwargs)
        if isinstance(policy, str) or not policy or not set(policy) <= set(TRANSFORMATIONS):
            raise ValueError(
                f"augmentation={policy!r}: give some of {tuple(TRANSFORMATIONS)} as a tuple"
            )
        self.policy = tuple(policy)

    def build(self, input_shape):
        if len(input_shape) != 4:
            raise ValueError(
                f"augmentation of inputs of shape {tuple(input_shape[1:])}: it takes images, "
                "(height, width, channels); leave it out"
            )

    def call(self, inputs, training=None):
        if not training:
            return inputs
        counts = [TRANSFORMATIONS[name][1] for name in self.policy]
        shape = [inputs.shape[0] or tf.shape(inputs)[0], sum(counts)]
        draw = functools.partial(tf.random.stateless_uniform, alg="philox")
        uniform = draw_in_step(self, draw, shape)
        # In float32: means of bfloat16 are coarse.
        outputs = tf.cast(inputs, tf.float32)
        for name, numbers in zip(self.policy, tf.split(uniform, counts, axis=1)):
            outputs = TRANSFORMATIONS[name][0](outputs, numbers)
        return tf.cast(outputs, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "policy": self.policy}
