"""The data of a command: what a model is trained on and what it is compared with."""


def load_splits(dataset, values, binarized=None, labels_per_class=None):
    """The training data and the test data.

    Args:
        dataset: name or path.
        values: flags of the command: split, image_size, channels, crop, binarized, colors,
            sequence_length, data_dir.
        binarized: how to make bits of gray or color images, where the flag does not say.
        labels_per_class: how many training examples of each class keep their label; None: all.

    Returns:
        Two `ganzoo.data.Data`; the second is None where the data set has no test split.

    Raises:
        ValueError: the data set cannot be loaded so.
    """
    from ganzoo import data

    settings = {
        "image_size": values.image_size,
        "channels": values.channels and int(values.channels),
        "crop": values.crop,
        "binarized": values.binarized,
        "colors": values.colors,
        "sequence_length": values.sequence_length,
        "data_dir": values.data_dir,
    }
    training = {"split": values.split, "labels_per_class": labels_per_class}
    train = data.load(dataset, **training, **settings)
    is_image = train.examples.dtype == "uint8" and train.symbols is None
    if binarized is not None and values.binarized is None and is_image:
        settings["binarized"] = values["binarized"].value = binarized  # for the record, too
        train = data.load(dataset, **training, **settings)
    try:
        return train, data.load(dataset, split="test", **settings)
    except ValueError:
        return train, None
