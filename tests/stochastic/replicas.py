"""Global weights on one device and on two virtual ones; prints what was found, as JSON.

A process of its own, because virtual devices are set before TensorFlow's first operation.
"""

import json

import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

from ganzoo.stochastic import importance  # noqa: E402


def weights_of(strategy, log_weights, columns):
    """Global weights, each replica with its own columns, put together again."""

    @tf.function
    def step():
        def replica(begin, end):
            return importance.global_weights(tf.constant(log_weights)[:, begin:end])

        bounds = [
            strategy.experimental_distribute_values_from_function(
                lambda context, side=side: tf.constant(
                    columns[context.replica_id_in_sync_group + side]
                )
            )
            for side in (0, 1)
        ]
        return strategy.run(replica, bounds)

    parts = strategy.experimental_local_results(step())
    return np.concatenate([part.numpy() for part in parts], axis=1)


def main():
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    report = {}
    for name, scale in [("moderate", 2.0), ("large", 1e4)]:
        log_weights = np.random.default_rng(0).normal(0, scale, [5, 6]).astype("float32")
        report[name] = {
            "one": importance.global_weights(tf.constant(log_weights)).numpy().tolist(),
            "halves": weights_of(strategy, log_weights, [0, 3, 6]).tolist(),
            "unequal": weights_of(strategy, log_weights, [0, 2, 6]).tolist(),
        }
    print(json.dumps(report))


main()
