"""Recipes by name: what a paper trained, as data, and `create`, which builds it.

A recipe is registered at the end of the file of its variant. The index of names is read from those
files without running them, so listing and looking up names needs no TensorFlow.
"""

import ast
import contextlib
import dataclasses
import difflib
import functools
import importlib
import inspect
import pathlib

COMMON_SETTINGS = ("latent_dim", "latent_distribution", "averaging", "value_range")
COMPILE_SETTINGS = ("jit_compile", "run_eagerly", "steps_per_execution")
PRECISIONS = ("float32", "mixed_bfloat16")

_registered = {}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A variant's settings, as plain data.

    Attributes:
      name: what `create` and the launchers call it.
      model: the `GenerativeModel` subclass.
      title, paper: of the publication.
      networks: network name -> its part ("part": "generator", "critic" or "encoder"), optionally
        "architecture", and arguments of the function in `ganzoo.networks` that builds it.
      optimizers: argument of `compile` -> Keras configuration of the optimizer.
      settings: `latent_dim`, `latent_distribution`, `averaging`, `value_range`, hyper-parameters of
        the model, `jit_compile`, `steps_per_execution`; what is not named has the model's default.
      batch_size, epochs, dataset: what the launchers use unless told otherwise.
      binarized: "static" or "dynamic", how the launchers make bits of images; None for other data.
      conditional: whether the model learns from labels, and needs `num_classes`.
      vector: what is different for vectors, data of one axis: settings, networks, optimizers,
        batch_size in one dict, as `create` takes overrides.
      tiny: overrides of the smallest form, which the contract tests train in a second.
    """

    name: str
    model: type
    title: str
    paper: str
    networks: dict
    optimizers: dict
    settings: dict
    batch_size: int
    epochs: int
    dataset: str = "fashion_mnist"
    binarized: str | None = None
    conditional: bool = False
    vector: dict = dataclasses.field(default_factory=dict)
    tiny: dict = dataclasses.field(default_factory=dict)

    def default_batch_size(self, data_shape):
        """The paper's minibatch m for data of this shape."""
        return self.vector_for(data_shape).get("batch_size", self.batch_size)

    def vector_for(self, data_shape):
        """`vector` where data of this shape are vectors, else nothing."""
        return self.vector if len(data_shape) == 1 else {}


def register(recipe):
    """Adds a recipe; a name may be registered again only from the same module (on reload)."""
    known = _registered.get(recipe.name)
    if known is not None and known.model.__module__ != recipe.model.__module__:
        raise ValueError(f"a recipe named {recipe.name!r} is already registered")
    _registered[recipe.name] = recipe
    return recipe


@functools.cache
def index():
    """Names of the zoo's recipes -> their modules, without importing them."""
    package = pathlib.Path(__file__).parent
    names = {}
    for path in sorted(package.glob("models/*/*.py")):
        module = ".".join(("ganzoo", *path.relative_to(package).with_suffix("").parts))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Recipe":
                fields = {k.arg: k.value for k in node.keywords}
                names[ast.literal_eval(fields["name"])] = module
    return names


def list_models():
    """Sorted names of all recipes: the zoo's and those registered by the caller."""
    return sorted({*index(), *_registered})


def get(name):
    """The recipe of that name.

    Raises:
      ValueError: no such recipe; the message names the nearest ones.
    """
    if name not in _registered and name in index():
        importlib.import_module(index()[name])
    if name not in _registered:
        raise ValueError(unknown("model", name, list_models()))
    return _registered[name]


def unknown(what, name, options):
    """One line about a name that is not among `options`, nearest ones first."""
    near = difflib.get_close_matches(str(name), options, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"unknown {what} {name!r}: {hint}(choose from {', '.join(options)})"


def create(name, data_shape, num_classes=None, seed=None, precision=None, **overrides):
    """A compiled model of the zoo with its paper's networks, optimizers and settings.

    Args:
      name: one of `list_models()`.
      data_shape: shape of one example: (height, width, channels), (length, vocabulary) or
        (features,).
      num_classes: classes of the labels; needed by conditional models, ignored by the others.
      seed: determines initial weights, noise and shuffling; None draws one.
      precision: "float32" or "mixed_bfloat16"; None keeps Keras's current policy.
      **overrides: any setting of the recipe: hyper-parameters of the model, `latent_dim`,
        `averaging`, ..., a network (a dict of its arguments, or a built Keras one), an optimizer
        (`generator_optimizer=...`, as Keras takes it), `jit_compile`, `steps_per_execution`.

    Raises:
      ValueError: an unknown name or setting (with the nearest ones), or a value out of its range.
    """
    import keras

    from ganzoo.models import arguments, latents

    recipe = get(name)
    data_shape = _checked_shape(data_shape)
    if precision is not None and precision not in PRECISIONS:
        raise ValueError(unknown("precision", precision, PRECISIONS))
    if recipe.conditional and (not isinstance(num_classes, int) or num_classes < 2):
        raise ValueError(f"num_classes={num_classes!r}: {name} is conditional, give 2 or more")
    _check_names(recipe, overrides)

    vector = recipe.vector_for(data_shape)
    plan = {**recipe.settings, **recipe.optimizers, **vector, **overrides}
    plan.pop("batch_size", None)
    latent_dim = plan.get("latent_dim", ())
    for size in latent_dim if isinstance(latent_dim, (tuple, list)) else (latent_dim,):
        arguments.integer("latent_dim", size, 1)

    with _dtype_policy(precision):
        seed = latents.fresh_seed() if seed is None else arguments.integer("seed", seed, 0)
        keras.utils.set_random_seed(seed)
        settings = {k: plan[k] for k in plan if k in recipe.model.settings()}
        given = {
            **settings,
            "data_shape": data_shape,
            "latent_dim": plan.get("latent_dim"),
            "num_classes": num_classes if recipe.conditional else None,
        }
        networks = {
            network: overrides[network]
            if isinstance(overrides.get(network), keras.layers.Layer)
            else _build(
                network,
                {**arguments_of_network, **vector.get(network, {})},
                overrides.get(network, {}),
                given,
            )
            for network, arguments_of_network in recipe.networks.items()
        }
        common = {k: plan[k] for k in COMMON_SETTINGS if k in plan and k != "latent_dim"}
        if len(data_shape) != 3:
            common.setdefault("value_range", None)
        model = recipe.model(
            **networks,
            **settings,
            **common,
            num_classes=given["num_classes"],
            seed=seed,
            name=name,
        )
    model.recipe = name
    model.compile(
        **{optimizer: plan[optimizer] for optimizer in recipe.optimizers},
        **{k: plan[k] for k in COMPILE_SETTINGS if k in plan},
    )
    return model


def _checked_shape(data_shape):
    shape = tuple(data_shape) if isinstance(data_shape, (tuple, list)) else data_shape
    valid = isinstance(shape, tuple) and len(shape) in (1, 2, 3)
    if not valid or not all(isinstance(side, int) and side > 0 for side in shape):
        raise ValueError(
            f"data_shape={data_shape!r}: give the shape of one example, (height, width, channels) "
            "for images, (length, vocabulary) for one-hot sequences or (features,) for vectors"
        )
    return shape


def settings_of(recipe):
    """All names that `create` takes as overrides of a recipe."""
    return (
        *recipe.model.settings(),
        *COMMON_SETTINGS,
        *recipe.networks,
        *recipe.optimizers,
        *COMPILE_SETTINGS,
    )


def _check_names(recipe, overrides):
    for name in overrides:
        if name not in settings_of(recipe):
            raise ValueError(unknown(f"setting of {recipe.name}", name, settings_of(recipe)))


def _build(name, recipe_settings, overrides, given):
    """The network; recipe settings of another architecture than the chosen one do not apply.

    `given` are the arguments that the model decides, for the functions that take them.
    """
    from ganzoo import networks

    if not isinstance(overrides, dict):
        raise ValueError(f"{name}={overrides!r}: give a built Keras network or a dict of settings")
    settings = {**recipe_settings, **overrides}
    architectures = networks.ARCHITECTURES[settings["part"]]
    architecture = settings.get("architecture") or networks.default_architecture(
        settings["part"], given["data_shape"]
    )
    if architecture not in architectures:
        raise ValueError(unknown(f"architecture of {name}", architecture, list(architectures)))
    parameters = inspect.signature(architectures[architecture]).parameters
    own = [k for k in parameters if k not in given and k != "name"]
    for setting in overrides:
        if setting not in (*own, "architecture"):
            raise ValueError(unknown(f"setting of {name} ({architecture})", setting, own))
    return architectures[architecture](
        **{k: v for k, v in given.items() if k in parameters},
        **{k: v for k, v in settings.items() if k in own},
        name=name,
    )


@contextlib.contextmanager
def _dtype_policy(precision):
    import keras

    before = keras.config.dtype_policy()
    if precision is not None:
        keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
