"""Trains adversarial classifiers on one device and on two virtual ones; prints what differs.

A process of its own, because virtual devices are set before TensorFlow's first operation.
"""

import json

import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

from tests.models.discrete.adversarial_classifiers import blobs, linear  # noqa: E402


def trained(estimator, scope):
    """Weights before and after three steps at a global batch of 8, and the logs."""
    with scope:
        model = linear(estimator=estimator, samples_per_image=4)
    before = [w.numpy() for w in model.weights]
    x, y = blobs(24)
    logs = model.fit(x, y, batch_size=8, verbose=0, validation_data=(x, y)).history
    return before, [w.numpy() for w in model.weights], logs


def largest(ones, others):
    return max(float(np.abs(one - other).max()) for one, other in zip(ones, others))


def main():
    report = {}
    for estimator in ("per_latent", "reinforce"):
        before, weights, logs = trained(estimator, tf.device("/cpu:0"))
        strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
        _, replica_weights, replica_logs = trained(estimator, strategy.scope())
        report[estimator] = {
            "moved": largest(before, weights),
            "weights": largest(weights, replica_weights),
            "logs": max(abs(logs[key][0] - replica_logs[key][0]) for key in logs),
        }
    print(json.dumps(report))


main()
