"""Checks on what the user hands to `fit`; every error says what came, what is taken, and the cure.

Only NumPy is needed: the element specs of `tf.data` are read by their `shape` and `dtype`.
"""

import warnings

import numpy as np

RANGE_TOLERANCE = 1e-3


def _interval(value_range):
    return f"[{value_range[0]:g}, {value_range[1]:g}]"


def _cure_for_range(low, high, value_range, name):
    """The expression that brings data seen in [low, high] into `value_range`."""
    wanted = tuple(value_range)
    if wanted == (-1.0, 1.0):
        if low >= 0 and high <= 255:
            return f"use {name} / 127.5 - 1"
    elif wanted == (0.0, 1.0):
        if low >= 0 and high <= 255:
            return f"use {name} / 255"
        if low >= -1 - RANGE_TOLERANCE and high <= 1 + RANGE_TOLERANCE:
            return f"use ({name} + 1) / 2"
    return f"rescale {name} to {_interval(wanted)}"


def _is_float(dtype):
    # the extension type bfloat16 has the kind "V"; its name tells
    return dtype.kind == "f" or dtype.name == "bfloat16"


def _integer_message(dtype, value_range, name):
    taken = "float32" if value_range is None else f"float32 in {_interval(value_range)}"
    if value_range is None:
        cure = f"use {name}.astype('float32')"
    elif dtype == "uint8":
        cure = _cure_for_range(0, 255, value_range, name)
    else:
        cure = f"scale {name} to {_interval(value_range)} as float32"
    given = f"{dtype} in [0, 255]" if dtype == "uint8" else str(dtype)
    return f"{name} is {given}; this model takes {taken}: {cure}"


def _check_range(x, value_range, name):
    low, high = float(x.min()), float(x.max())
    if value_range is None:
        return
    if low < value_range[0] - RANGE_TOLERANCE or high > value_range[1] + RANGE_TOLERANCE:
        # 8-bit data that were cast to float keep the limits of their type in the message
        seen = "[0, 255]" if low >= 0 and 1.5 < high <= 255 else f"[{low:g}, {high:g}]"
        raise ValueError(
            f"{name} is in {seen}; this model takes {_interval(value_range)}: "
            + _cure_for_range(low, high, value_range, name)
        )
    if tuple(value_range) == (-1.0, 1.0) and low >= 0:
        warnings.warn(
            f"{name} has no value below 0 and this model takes [-1, 1]; if {name} is in [0, 1], "
            f"use 2 * {name} - 1",
            stacklevel=4,
        )


def check_finite(x, name="x"):
    """Raises a ValueError with the count and the first index of the values that are NaN or inf."""
    # one pass without a mask the size of the data: a NaN survives both min and max
    if np.isfinite(x.min()) and np.isfinite(x.max()):
        return
    bad = ~np.isfinite(x)
    raise ValueError(
        f"{name} holds {int(bad.sum())} values that are NaN or infinite, the first at index "
        f"{_first_index(bad)}: remove these examples or replace the values"
    )


def check_shape(shape, data_shape, name="x"):
    """Raises a ValueError unless `shape` is [N, *data_shape]; None in `shape` fits any size."""
    shape, data_shape = tuple(shape), tuple(data_shape)
    wanted = f"[N, {', '.join(str(side) for side in data_shape)}]"

    def fits(sides, expected):
        return len(sides) == len(expected) and all(
            side is None or side == other for side, other in zip(sides, expected)
        )

    if len(shape) > 0 and fits(shape[1:], data_shape):
        return
    if fits(shape, data_shape):
        cure = f"a single example needs a batch axis: {name}[None]"
    elif data_shape[-1] == 1 and len(shape) > 1 and fits(shape[1:], data_shape[:-1]):
        cure = f"add the missing channel axis: {name}[..., None]"
    elif len(data_shape) == 3 and fits(shape[1:], data_shape[-1:] + data_shape[:-1]):
        cure = f"move the channels last: np.moveaxis({name}, 1, -1)"
    else:
        cure = f"reshape or resize {name}, or create the model with another data_shape"
    raise ValueError(f"{name} has shape {list(shape)}; this model takes {wanted}: {cure}")


def check_examples(x, data_shape, value_range, name="x"):
    """Checks an array of examples.

    Args:
        x: float array [N, *data_shape].
        data_shape: shape of one example.
        value_range: (low, high) that the model takes, or None for unbounded vectors.
        name: what to call the array in the messages.

    Raises:
        ValueError: empty, of another shape, not float, NaN or infinite, or out of range.
    """
    x = np.asarray(x)
    if x.dtype.kind in "OUS":
        raise ValueError(
            f"{name} has dtype {x.dtype}, which is not numeric: give one float32 array of shape "
            f"{['N', *data_shape]} (examples of different sizes make no array)"
        )
    if x.size == 0:
        raise ValueError(f"{name} is empty (shape {list(x.shape)}): give at least one example")
    check_shape(x.shape, data_shape, name)
    if not _is_float(x.dtype):
        raise ValueError(_integer_message(x.dtype, value_range, name))
    check_finite(x, name)
    _check_range(x, value_range, name)


def check_discrete(x, distribution, name="x"):
    """Checks the values of an array of discrete data.

    Args:
        x: array [N, ...] of bits, or [N, *sites, C] of one-hot vectors along the last axis.
        distribution: "bernoulli" for bits, "categorical" for one-hot vectors.
        name: what to call the array in the messages.

    Raises:
        ValueError: another distribution; a value that is not exactly 0 or 1; a vector that has not
            exactly one 1.
    """
    if distribution not in ("bernoulli", "categorical"):
        raise ValueError(
            f"distribution={distribution!r} must be 'bernoulli' (bits) or 'categorical' (one-hot)"
        )
    x = np.asarray(x)
    bad = (x != 0) & (x != 1)
    if distribution == "bernoulli":
        taken = "bits that are exactly 0 or 1"
        cure = (
            "use ganzoo.data.load(..., binarized='static'), or "
            f"({name} > 0.5).astype('float32') for {name} in [0, 1]"
        )
    else:
        taken = "one-hot vectors along the last axis, exactly one 1 and the rest 0"
        cure = (
            f"use keras.utils.to_categorical({name}, num_classes) for category indices, or "
            "ganzoo.data.load(..., colors=16) for colour images"
        )
    if bad.any():
        first = _first_index(bad)
        raise ValueError(f"{name} is {x[first]} at index {first}; this model takes {taken}: {cure}")
    if distribution == "categorical":
        ones = np.count_nonzero(x, axis=-1)
        if (ones != 1).any():
            first = _first_index(ones != 1)
            raise ValueError(
                f"{name} has {ones[first]} ones in the vector at index {first}; this model takes "
                f"{taken}: {cure}"
            )


def _first_index(mask):
    """Index of the first True, a tuple of integers."""
    return tuple(int(i) for i in np.unravel_index(np.argmax(mask), mask.shape))


def check_labels(y, num_classes, num_examples, name="y", unlabelled=False):
    """Checks integer class labels [N].

    Args:
        y: integer array [N].
        num_classes: labels are in [0, num_classes); None leaves the upper end open.
        num_examples: how many examples the labels belong to.
        name: what to call the labels in the messages.
        unlabelled: whether -1 stands for a label that is not known.

    Raises:
        ValueError: missing, of another length or rank, not integer, or out of range.
    """
    if y is None:
        raise ValueError(
            f"this model needs labels: give {name}, integers in [0, {num_classes}), with the data"
        )
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        raise ValueError(
            f"{name} has shape {list(y.shape)}; labels are one integer per example, shape [N]: "
            f"use {name}[:, 0]"
        )
    if y.ndim == 2:
        raise ValueError(
            f"{name} has shape {list(y.shape)}; labels are one integer per example, shape [N]: "
            f"if these are one-hot rows, use np.argmax({name}, axis=-1)"
        )
    if y.ndim != 1:
        raise ValueError(f"{name} has shape {list(y.shape)}; labels are integers of shape [N]")
    if len(y) != num_examples:
        raise ValueError(
            f"{name} has {len(y)} labels for {num_examples} examples: give one label per example"
        )
    if y.dtype.kind not in "iu":
        raise ValueError(
            f"{name} has dtype {y.dtype}; labels are integers: use {name}.astype('int32')"
        )
    bad = y < (-1 if unlabelled else 0)
    if num_classes is not None:
        bad |= y >= num_classes
    if bad.any():
        first = int(np.argmax(bad))
        allowed = "at least 0" if num_classes is None else f"in [0, {num_classes})"
        if unlabelled:
            allowed += ", or -1 where the label is not known"
        raise ValueError(
            f"{name}[{first}] is {y[first]}; labels must be {allowed}: renumber them from 0, or "
            "create the model with a larger num_classes"
        )


def split_element(element):
    """(x, y) of one `tf.data` element that is x, (x,) or (x, y); y is None where there is none."""
    if isinstance(element, dict):
        keys = ", ".join(sorted(map(str, element)))
        raise ValueError(
            f"the dataset yields dictionaries (keys: {keys}); it must yield x or (x, y): "
            "use dataset.map(lambda element: (element['image'], element['label']))"
        )
    if not isinstance(element, (tuple, list)):
        return element, None
    if len(element) not in (1, 2):
        raise ValueError(
            f"the dataset yields tuples of {len(element)}; it must yield x, (x,) or (x, y)"
        )
    return element[0], element[1] if len(element) == 2 else None


def check_element_spec(element_spec, data_shape, value_range, num_classes=None):
    """Checks the `element_spec` of a `tf.data.Dataset` of batches before anything is read.

    Args:
        element_spec: spec of x, (x,) or (x, y); x is float [batch, *data_shape], y integer [batch].
        data_shape: shape of one example.
        value_range: (low, high) that the model takes, or None; used in the messages.
        num_classes: not None when the model needs labels.

    Raises:
        ValueError: another structure, shape or dtype, or labels that are needed and missing.
    """
    x, y = split_element(element_spec)
    if x.shape.rank is not None:
        shape = tuple(x.shape)
        if len(shape) == len(data_shape) and shape == tuple(data_shape):
            raise ValueError(
                f"the dataset yields single examples of shape {list(shape)}: "
                "use dataset.batch(batch_size)"
            )
        check_shape(shape, data_shape, name="x")
    if not x.dtype.is_floating:
        message = _integer_message(x.dtype.name, value_range, "x")
        statement = message.rsplit(":", 1)[0]
        scaled = "tf.cast(x, 'float32')"
        if value_range is not None:
            low, high = value_range
            scaled += " / 255" if (low, high) == (0.0, 1.0) else " / 127.5 - 1"
        arguments, result = ("x", scaled) if y is None else ("x, y", f"({scaled}, y)")
        raise ValueError(f"{statement}: use dataset.map(lambda {arguments}: {result})")
    if y is None:
        if num_classes is not None:
            raise ValueError(
                "this model needs labels, and the dataset yields x alone: make it yield (x, y) "
                f"with integer labels in [0, {num_classes})"
            )
        return
    if num_classes is not None:
        if not y.dtype.is_integer:
            raise ValueError(
                f"the labels of the dataset have dtype {y.dtype.name}; labels are integers: "
                "use dataset.map(lambda x, y: (x, tf.cast(y, 'int32')))"
            )
        if y.shape.rank not in (None, 1):
            raise ValueError(
                f"the labels of the dataset have shape {list(y.shape)}; labels are one integer "
                "per example, shape [batch]: use tf.argmax(y, axis=-1) for one-hot rows"
            )


def check_first_batch(element, data_shape, value_range, num_classes=None, unlabelled=False):
    """Checks the values of one batch of a `tf.data.Dataset`, as `check_examples` does for arrays.

    Args and errors as in `check_element_spec`; `element` holds the tensors of one batch, and with
    `unlabelled` a label may be -1.
    """
    x, y = split_element(element)
    x = np.asarray(x)
    check_examples(x, data_shape, value_range, name="x")
    if num_classes is not None:
        check_labels(y, num_classes, len(x), unlabelled=unlabelled)
