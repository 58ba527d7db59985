"""One worker of a training (TF_CONFIG), or one device without it; writes weights and logs.

`python -m tests.workers OUTPUT NAME [NAME ...]`: a process of its own, because a strategy must be
the first thing that TensorFlow sees.
"""

import sys

import numpy as np
import tensorflow as tf


def main(output, names):
    import os

    clustered = "TF_CONFIG" in os.environ
    strategy = (
        tf.distribute.MultiWorkerMirroredStrategy() if clustered else tf.distribute.get_strategy()
    )
    from tests.contract.recipes import examples, sgd, tiny

    results = {}
    for name in names:
        with strategy.scope():
            model = tiny(name, averaging=0.9)
            model.compile(**sgd(model))
        x, y = examples(name, 24 * model.minibatches_per_step)
        logs = model.fit(x, y, batch_size=8, epochs=2, verbose=0).history
        for key, values in logs.items():
            results[f"{name}/logs/{key}"] = np.ravel(values)
        for i, weight in enumerate(model.weights):
            results[f"{name}/weights/{i}"] = weight.numpy()
    np.savez(output, **results)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
