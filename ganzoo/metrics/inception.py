"""The two Inception V3 networks, which give different features and must not be confused.

The frozen graph of 2015-12-05 defines FID and the Inception Score. The ImageNet weights of
keras.applications are another training of nearly the same network: other weights, average instead
of max pooling in the last block, another resizing.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

# The graph decodes one JPEG; this tensor is the decoded float image in [0, 255] with a batch axis.
_INPUT = "ExpandDims:0"
_FEATURES = "pool_3:0"
_LOGITS = "softmax/logits/MatMul"


def load_2015(path):
    """Returns the function of the frozen 2015 graph: images [B, H, W, C] in [-1, 1], C = 1 or 3,
    to pool_3 features [B, 2048] and probabilities [B, 1008].

    Resizing to 299 (bilinear, TensorFlow 1 corners) and the scaling (x - 128) / 128 are part of the
    graph. Logits are pool_3 times the weights *without* the bias, as the code of Salimans et al.
    has it. Images are rounded to the 256 levels of the image files that FID is defined on.

    Raises:
        ValueError: when `path` is not that graph.
    """
    if path is None or not Path(path).is_file():
        raise ValueError(
            f"inception_v3_2015 needs path= of the file classify_image_graph_def.pb, got {path!r}. "
            "It is inside http://download.tensorflow.org/models/image/imagenet/"
            "inception-2015-12-05.tgz."
        )
    graph_def = tf.compat.v1.GraphDef()
    try:
        graph_def.ParseFromString(Path(path).read_bytes())
    except Exception as error:
        raise ValueError(f"{path} is not a frozen TensorFlow graph: {error}.") from error
    present = {node.name for node in graph_def.node}
    missing = {_INPUT.split(":")[0], _FEATURES.split(":")[0], _LOGITS} - present
    if missing:
        raise ValueError(
            f"{path} has no nodes {sorted(missing)}: it is not the Inception graph of 2015-12-05. "
            "Take classify_image_graph_def.pb from inception-2015-12-05.tgz."
        )

    def graph(images):
        # Mapping the input anew lets the batch size be inferred: the file's graph has batch 1.
        features, product = tf.graph_util.import_graph_def(
            graph_def, input_map={_INPUT: images}, return_elements=[_FEATURES, _LOGITS], name=""
        )
        features = tf.squeeze(features, [1, 2])
        return features, tf.nn.softmax(tf.matmul(features, product.inputs[1]))

    run = tf.compat.v1.wrap_function(graph, [tf.TensorSpec([None, None, None, 3], tf.float32)])

    def outputs(images):
        levels = np.clip(np.rint((_three_channels(images) + 1.0) * 127.5), 0.0, 255.0)
        return tuple(value.numpy() for value in run(tf.constant(levels, tf.float32)))

    return outputs


def load_keras(path=None):
    """Returns the function of keras.applications' Inception V3: images [B, H, W, C] in [-1, 1],
    C = 1 or 3, to average-pooled features [B, 2048] and ImageNet probabilities [B, 1000].

    Images are resized to 299 x 299, bilinear with half-pixel centers.

    Raises:
        ValueError: when the weights can neither be downloaded nor read from `path`.
    """
    if path is not None and not Path(path).is_file():
        raise ValueError(f"inception_v3_keras found no weights file at path={path!r}.")
    weights = "imagenet" if path is None else str(path)
    try:
        network = keras.applications.InceptionV3(include_top=True, weights=weights)
    except Exception as error:
        raise ValueError(
            f"the weights {weights!r} of inception_v3_keras could not be loaded: {error}. "
            "Without access to storage.googleapis.com, copy "
            "inception_v3_weights_tf_dim_ordering_tf_kernels.h5 here and give it as path=."
        ) from error
    network = keras.Model(network.input, (network.get_layer("avg_pool").output, network.output))

    @tf.function(reduce_retracing=True)
    def run(images):
        return network(tf.image.resize(images, [299, 299]), training=False)

    def outputs(images):
        return tuple(value.numpy() for value in run(tf.constant(_three_channels(images))))

    return outputs


def _three_channels(images):
    if images.shape[-1] not in (1, 3):
        raise ValueError(
            f"Inception takes images of 1 or 3 channels, got {images.shape[-1]}. "
            "Drop an alpha channel first."
        )
    return np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images
