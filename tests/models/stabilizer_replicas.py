"""All stabilizers at once on one device and on two virtual ones; prints what differs, as JSON.

A process of its own, because virtual devices are set before TensorFlow's first operation.
"""

import json

import keras
import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

import ganzoo  # noqa: E402
from ganzoo.regularizers import HistoricalAveraging  # noqa: E402


def model_of():
    """Batch statistics, nearness, augmentation and a reference batch in one model."""
    augmentation = ("color", "translation", "cutout")
    return ganzoo.create(
        "dcgan",
        (8, 8, 1),
        seed=1,
        latent_dim=4,
        averaging=0.9,
        real_target=0.9,
        generator={"width": 4, "normalization": "virtual", "reference_size": 6},
        discriminator={"width": 4, "minibatch_kernels": 3, "augmentation": augmentation},
        generator_optimizer=HistoricalAveraging(keras.optimizers.SGD(0.05)),
        discriminator_optimizer=HistoricalAveraging(keras.optimizers.SGD(0.05)),
    )


def augmented():
    """A critic that scores data and both samples of a step in passes of their own."""
    return ganzoo.create(
        "cramer_gan",
        (8, 8, 1),
        seed=1,
        latent_dim=4,
        critic_steps=1,
        generator={"width": 4},
        critic={"width": 4, "output_units": 8, "augmentation": ("translation", "cutout")},
        generator_optimizer=keras.optimizers.SGD(0.02),
        critic_optimizer=keras.optimizers.SGD(0.02),
    )


def weights_of_augmented(scope):
    """After three steps."""
    x = np.random.default_rng(0).uniform(-1, 1, (24, 8, 8, 1)).astype("float32")
    with scope:
        model = augmented()
    model.fit(x, batch_size=8, verbose=0)
    return model.get_weights()


def parts(model, network):
    """Values of a network's weights and of its optimizer's variables, on every replica."""
    optimizer = getattr(model, f"{network}_optimizer")
    strategy = model.distribute_strategy
    return [
        part.numpy()
        for variable in (*getattr(model, network).weights, *optimizer.variables)
        for part in strategy.experimental_local_results(variable.value)
    ]


def trained(scope):
    """Weights and logs of three steps, how far they went, and who stood still in three more."""
    x = np.random.default_rng(0).uniform(-1, 1, (24, 8, 8, 1)).astype("float32")
    with scope:
        model = model_of()
    gate = model.gate("discriminator")
    start = model.discriminator.get_weights()
    logs = model.fit(x, batch_size=8, verbose=0).history
    moved = max(np.abs(a - b).max() for a, b in zip(start, model.discriminator.get_weights()))
    weights = model.get_weights()
    gate.assign(1.0)
    before = {name: parts(model, name) for name in model.network_names}
    model.fit(x, batch_size=8, epochs=2, initial_epoch=1, verbose=0)
    still = {
        name: all(np.array_equal(a, b) for a, b in zip(before[name], parts(model, name)))
        for name in model.network_names
    }
    return weights, logs, moved, still


def weights_after_an_incomplete_batch(scope):
    """Of a dataset whose last batch leaves the second replica without an example."""
    x = np.random.default_rng(0).uniform(-1, 1, (17, 8, 8, 1)).astype("float32")
    with scope:
        model = augmented()
    model.fit(tf.data.Dataset.from_tensor_slices(x).batch(8), verbose=0)
    return model.get_weights()


def main():
    strategy = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    weights, logs, moved, _ = trained(tf.device("/cpu:0"))
    replica_weights, replica_logs, _, still = trained(strategy.scope())
    one, other = (weights_of_augmented(s) for s in (tf.device("/cpu:0"), strategy.scope()))
    report = {
        "finite": all(
            np.isfinite(weight).all()
            for weight in weights_after_an_incomplete_batch(strategy.scope())
        ),
        "augmented": max(float(np.abs(a - b).max()) for a, b in zip(one, other)),
        "weights": max(float(np.abs(a - b).max()) for a, b in zip(weights, replica_weights)),
        "logs": max(abs(logs[key][0] - replica_logs[key][0]) for key in logs),
        "moved": float(moved),
        "still": still,
    }
    print(json.dumps(report))


main()
