"""Models from their checkpoints."""

import json
import zipfile


def load_checkpoint(path):
    """The compiled model in a `.keras` file, with its optimizers and counters.

    Raises:
        ValueError: it is not a model of the zoo.
    """
    import keras

    from ganzoo import registry

    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))["config"]
    if "recipe" not in config:
        raise ValueError(f"{path} is not a model of the zoo")
    model = registry.get(config["recipe"]).model
    return keras.models.load_model(path, custom_objects={model.__name__: model})
