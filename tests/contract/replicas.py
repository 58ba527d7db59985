"""Trains every recipe on one device and on two virtual ones; prints what differs, as JSON.

A process of its own, because virtual devices are set before TensorFlow's first operation.
"""

import gc
import json
import sys

import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

from tests.contract.recipes import examples, sgd, tiny  # noqa: E402


def settings_of(case):
    """Name and settings of a case, "name" or "name setting=value"."""
    name, *settings = case.split()
    pairs = (setting.split("=") for setting in settings)
    return name, {key: int(value) if value.isdigit() else value for key, value in pairs}


def trained(case, scope):
    """Weights and logs after three steps of SGD at a global batch of 8."""
    name, settings = settings_of(case)
    with scope:
        model = tiny(name, averaging=0.9, **settings)
        model.compile(**sgd(model))
    x, y = examples(name, 24 * model.minibatches_per_step)
    logs = model.fit(x, y, batch_size=8, verbose=0, validation_data=(x, y)).history
    return [w.numpy() for w in model.weights], logs


def uneven(case, scope, batch_size):
    """Losses on nine examples, whose noise is one number."""
    name, settings = settings_of(case)
    with scope:
        model = tiny(name, **settings)
        model.compile(**sgd(model))
    model.draw = lambda sampler, shape, seed: tf.fill(shape, 0.3)
    x, y = examples(name, 9)
    return model.evaluate(x, y, batch_size=batch_size, return_dict=True, verbose=0)


def draws(case, strategy):
    """Latents of one step on every replica, and those of one device."""
    name, settings = settings_of(case)
    with strategy.scope():
        model = tiny(name, **settings)
    one = model.draw_latents(tf.zeros([6, 1]), tf.constant([1, 2]))
    replicas = strategy.run(lambda: model.draw_latents(tf.zeros([3, 1]), tf.constant([1, 2])))
    parts = [part.numpy() for part in strategy.experimental_local_results(replicas)]
    return one.numpy(), parts


def main(cases):
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    report = {}
    for case in cases:
        weights, logs = trained(case, tf.device("/cpu:0"))
        replica_weights, replica_logs = trained(case, strategy.scope())
        recipe, settings = settings_of(case)
        start = tiny(recipe, averaging=0.9, **settings)
        trained_weights = [
            (one, weight)
            for one, weight in zip(weights, start.weights)
            # The counter of iterations always moves, and what is not known yet is infinite.
            if weight.dtype != "int64" and np.isfinite(weight).all()
        ]
        together = uneven(case, tf.device("/cpu:0"), 9)
        # Shares of four and four, then of one and none.
        shared = uneven(case, strategy.scope(), 8)
        one, parts = draws(case, strategy)
        report[case] = {
            "weights": max(float(np.abs(a - b).max()) for a, b in zip(weights, replica_weights)),
            "moved": max(float(np.abs(a - b.numpy()).max()) for a, b in trained_weights),
            "logs": max(
                abs(logs[key][0] - replica_logs[key][0]) / max(1, abs(logs[key][0])) for key in logs
            ),
            "uneven": max(
                abs(together[key] - shared[key]) / max(1, abs(together[key])) for key in together
            ),
            "replicas_draw_apart": not np.array_equal(parts[0], parts[1]),
            "together_one_draw": bool(np.array_equal(np.concatenate(parts), one)),
        }
        # Later searches for garbage then look at the objects of one case, not of all before it.
        gc.collect()
        gc.freeze()
    print(json.dumps(report))


main(sys.argv[1:])
