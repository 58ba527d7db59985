"""ganzoo: generative adversarial networks, and the likelihood models beside them, in Keras.

Importing the package costs nothing: TensorFlow is loaded when a public name is first used.
"""

import importlib

__version__ = "0.1.0"

_HOMES = {
    "Recipe": "ganzoo.registry",
    "create": "ganzoo.registry",
    "list_models": "ganzoo.registry",
    "register": "ganzoo.registry",
    "load": "ganzoo.export",
    "GenerativeModel": "ganzoo.models.base",
}

__all__ = ["GenerativeModel", "Recipe", "__version__", "create", "list_models", "load", "register"]


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    try:
        return importlib.import_module(f"ganzoo.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"ganzoo.{name}":
            raise
        raise AttributeError(f"module 'ganzoo' has no attribute {name!r}") from None
