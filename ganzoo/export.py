"""SavedModels that serve without this package, and how to load one."""

import functools
import json
import os
import pathlib
import shutil
import tempfile

import keras
import tensorflow as tf
import tensorflow_probability as tfp

import ganzoo
from ganzoo.models import arguments, latents

MANIFEST = "manifest.json"


def export_model(model, path, metadata=None):
    """Writes `<path>/<version>/`, a SavedModel with `manifest.json`, in the layout of TF Serving.

    The version is 1, or the next one if `path` holds versions already; it appears complete or not
    at all. Endpoints, all inputs named; [N] stands for any batch size:

    - serving_default(latent float32 [N, d] [, label int32 [N]]) -> image; of discrete data the
      probability of a 1 or of each category, [N, *data_shape]
    - sample(num_samples int32 [], seed int64 [] [, label int32 [num_samples] or [1]]) -> image; the
      same seed gives the same images, those of `GenerativeModel.generate`. Discrete data: hard
      samples, and beside them their probability; of categories also index, int32 [num_samples,
      *sites], and what the model's `symbols` make of it: text, string [num_samples], or color,
      uint8 [num_samples, *sites, 3]
    - log_prob(image [, label]) -> log_prob [N], log p(x) in nats, where it is exact; of another
      model of discrete data, if one network decodes latents alone, log_prob(image, latent) ->
      log_prob [N], log g(x | z)
    - log_prob_bound(image, num_samples int32 [], seed int64 [] [, label]) -> log_prob_bound [N], a
      lower bound of log p(x) in nats on average, tighter for more samples, where there are
      `log_weights`
    - unnormalized_log_prob(image) -> unnormalized_log_prob [N], log p(x) + log Z in nats, where the
      model has a method of this name
    - discriminate(image [, label]) -> score, what the discriminator or critic gives, where there is
      one: [N, 1] of most; of image alone, and what it names, where the model has a method of this
      name
    - encode(image [, label]) -> mean, log_variance [N, d], or what the model's `encode` names
    - reconstruct(image [, label]) -> image, for a deterministic code, where there is one
    - classify(image) -> probability [N, num_classes], where the model infers labels

    encode, reconstruct and classify, and discriminate where there is such a method, stand for the
    methods of these names: of image (and label), a dict of tensors. A label that is no class is
    refused; where a model learns from unlabelled examples too, -1 stands for one that is not known
    in log_prob_bound, encode and reconstruct.

    Args:
      model: a `GenerativeModel`; its averaged weights are exported if it keeps them.
      path: directory of all versions, by convention named as the model is to be served.
      metadata: JSON-serializable dict for the manifest: data set, scores, ...

    Returns:
      Path of the version that was written.
    """
    path = pathlib.Path(path)
    is_new = not path.exists()
    path.mkdir(parents=True, exist_ok=True)
    versions = [int(p.name) for p in path.iterdir() if p.name.isdigit()]
    target = path / str(max(versions, default=0) + 1)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=".export-", dir=path))
    try:
        # No archive.track(model): the endpoints bring the variables that they use, and tracking
        # would write those a second time, with the weights that averaging has replaced.
        archive = keras.export.ExportArchive()
        endpoints = endpoints_of(model)
        for name, (function, signature) in endpoints.items():
            archive.add_endpoint(name, function, input_signature=signature)
        archive.write_out(str(scratch), verbose=False)
        manifest = _manifest(model, endpoints, metadata)
        (scratch / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        os.chmod(scratch, 0o755)  # mkdtemp's 0700 would lock a serving process of another user out
        os.replace(scratch, target)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        if is_new:
            path.rmdir()
        raise
    return target


def endpoints_of(model):
    """Endpoint name -> (function, signature), as `export_model` describes them."""
    image = tf.TensorSpec([None, *model.data_shape], tf.float32, "image")
    latent = tf.TensorSpec([None, model.latent_dim], tf.float32, "latent")
    label = [tf.TensorSpec([None], tf.int32, "label")] if model.uses_labels else []
    num_samples = tf.TensorSpec([], tf.int32, "num_samples")
    seed = tf.TensorSpec([], tf.int64, "seed")

    def checked(labels, lowest=0):
        """The labels; the graph refuses those that are no class."""
        if not labels:
            return []
        [values] = labels
        # A one-hot label outside the classes is all zeros: plausible images of nothing.
        in_range = tf.debugging.Assert(
            tf.reduce_all((values >= lowest) & (values < model.num_classes)),
            [f"label must be in [{lowest}, {model.num_classes}), got", values],
        )
        with tf.control_dependencies([in_range] if in_range is not None else []):
            return [tf.identity(values)]

    def inputs(samples, labels):
        return [samples, *checked(labels)] if labels else samples

    inferable = -1 if model.unlabelled else 0  # the lowest label where one may not be known

    def of_image(method):
        return lambda image, *labels: method(image, *checked(labels, inferable))

    def serving_default(latent, *labels):
        decoded = model(inputs(latent, labels), training=False)
        return {"image" if model.distribution is None else "probability": decoded}

    def sample(num_samples, seed, *labels):
        shape = [num_samples, model.latent_dim]
        codes = model.draw_prior(shape, tf.stack([seed, 0]))
        outputs = serving_default(codes, *[tf.broadcast_to(y, [num_samples]) for y in labels])
        return outputs if model.distribution is None else _with_hard_samples(model, outputs, seed)

    endpoints = {
        "serving_default": (serving_default, [latent, *label]),
        "sample": (sample, [num_samples, seed, *label]),
    }
    if hasattr(model, "log_prob"):

        def log_prob(image, *labels):
            return {"log_prob": model.log_prob(image, *checked(labels))}

        endpoints["log_prob"] = (log_prob, [image, *label])
    elif model.distribution is not None and not model.deterministic and model.decodes_latents:

        def log_prob(image, latent):
            logits = model.sampler(latent, training=False)
            return {"log_prob": model.conditional(logits).log_prob(image)}

        endpoints["log_prob"] = (log_prob, [image, latent])
    if hasattr(model, "log_weights"):

        def log_prob_bound(image, num_samples, seed, *labels):
            labels = checked(labels, inferable)
            log_weights = model.log_weights(image, num_samples, tf.stack([seed, 0]), *labels)
            return {"log_prob_bound": tfp.math.reduce_logmeanexp(log_weights, axis=0)}

        endpoints["log_prob_bound"] = (log_prob_bound, [image, num_samples, seed, *label])
    if hasattr(model, "unnormalized_log_prob"):

        def unnormalized_log_prob(image):
            return {"unnormalized_log_prob": model.unnormalized_log_prob(image)}

        endpoints["unnormalized_log_prob"] = (unnormalized_log_prob, [image])
    critic = getattr(model, "discriminator", None) or getattr(model, "critic", None)
    if critic is not None and not hasattr(model, "discriminate"):

        def discriminate(image, *labels):
            return {"score": critic(inputs(image, labels), training=False)}

        endpoints["discriminate"] = (discriminate, [image, *label])
    methods = {"discriminate": [], "encode": label, "reconstruct": label, "classify": []}
    for name, labels in methods.items():
        if hasattr(model, name):
            endpoints[name] = (of_image(getattr(model, name)), [image, *labels])
    return endpoints


def _with_hard_samples(model, outputs, seed):
    """The outputs with the samples, and with their symbols where the model has some."""
    seed = None if model.deterministic else seed
    outputs["image"] = latents.harden(model.distribution, outputs["probability"], seed)
    if model.distribution == "categorical":
        outputs["index"] = tf.argmax(outputs["image"], axis=-1, output_type=tf.int32)
    if model.symbols is not None:
        symbols = tf.gather(tf.constant(model.symbols), outputs["index"])
        if symbols.dtype == tf.string:
            outputs["text"] = tf.strings.reduce_join(symbols, axis=-1)
        else:
            outputs["color"] = tf.cast(symbols, tf.uint8)
    return outputs


def _manifest(model, endpoints, metadata):
    return {
        **(metadata or {}),
        "recipe": model.recipe,
        "data_shape": list(model.data_shape),
        "value_range": None if model.value_range is None else list(model.value_range),
        "num_classes": model.num_classes,
        "latent_dim": model.latent_dim,
        "latent_distribution": model.named_prior,
        "distribution": model.distribution,
        "symbols": model.symbols,
        "deterministic": model.deterministic,
        "averaged_weights": model.averaging is not None,
        "seed": model.seed,
        "step": int(model.iteration),
        "endpoints": {
            name: {spec.name: [spec.dtype.name, spec.shape.as_list()] for spec in signature}
            for name, (_, signature) in endpoints.items()
        },
        "versions": {
            "ganzoo": ganzoo.__version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }


def load(path):
    """Loads an export: the newest version under `path`, or `path` itself if it is a version.

    Raises:
      ValueError: there is no export at `path`.
    """
    path = pathlib.Path(path)
    if not (path / "saved_model.pb").exists():
        versions = (
            [int(p.name) for p in path.iterdir() if p.name.isdigit()] if path.is_dir() else []
        )
        if not versions:
            raise ValueError(
                f"no exported model at {path}: give the directory that model.export(path) or "
                "launchers/export.py wrote (it holds 1/saved_model.pb)"
            )
        path = path / str(max(versions))
    if not (path / MANIFEST).exists():
        raise ValueError(f"{path} has no {MANIFEST}: it is not an export of ganzoo")
    return ExportedModel(path)


class ExportedModel:
    """An export in memory.

    Attributes:
      manifest: what `manifest.json` says: recipe, data shape, scores, endpoints, versions.
      value_range, symbols: as those of the `GenerativeModel`.
      endpoints: endpoint name -> function of named tensors, as the SavedModel has it.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.manifest = json.loads((self.path / MANIFEST).read_text())
        self._loaded = tf.saved_model.load(str(path))
        self.endpoints = dict(self._loaded.signatures)
        self.value_range = self.manifest["value_range"]
        self.symbols = arguments.symbols(self.manifest.get("symbols"))

    def generate(self, num_samples, label=None, seed=None):
        """Samples [num_samples, *data_shape], float32; as `GenerativeModel.generate`."""
        labels = self.labels_for(num_samples, label)
        seed = latents.fresh_seed() if seed is None else seed
        if self.manifest["latent_distribution"] is None:
            return self._sample(num_samples, labels, seed)
        samples = self.decode(self.sample_latents(num_samples, seed), labels)
        # Exports of earlier versions have images alone and do not name a distribution.
        distribution = self.manifest.get("distribution")
        if distribution is None:
            return samples
        return latents.harden(
            distribution, samples, None if self.manifest["deterministic"] else seed
        )

    def _sample(self, num_samples, labels, seed):
        """Samples of the endpoint of that name."""
        arguments.integer("num_samples", num_samples, 1)
        seed = tf.constant(arguments.integer("seed", seed, 0), tf.int64)
        inputs = {"num_samples": tf.constant(num_samples, tf.int32), "seed": seed}
        if labels is not None:
            inputs["label"] = tf.constant(labels)
        return self.endpoints["sample"](**inputs)["image"]

    def sample_latents(self, num_samples, seed=None):
        """Latents [num_samples, latent_dim] from the prior.

        Raises:
          ValueError: the model draws its latents in a way of its own, as a Boltzmann machine does.
        """
        if self.manifest["latent_distribution"] is None:
            raise ValueError(
                f"the latents of {self.manifest['recipe']} have no named distribution: use "
                "generate, which draws them inside the exported model"
            )
        distribution, size = (self.manifest[k] for k in ("latent_distribution", "latent_dim"))
        draw = functools.partial(latents.draw, distribution)
        return latents.sample(draw, num_samples, size, seed)

    def labels_for(self, num_samples, label=None):
        """Labels int32 [num_samples] of a conditional model; None of another one."""
        _, inputs = self.endpoints["serving_default"].structured_input_signature
        num_classes = self.manifest["num_classes"] if "label" in inputs else None
        return latents.labels_for(num_classes, num_samples, label)

    def decode(self, codes, labels=None):
        """Samples, or probabilities of discrete data, for latents [N, latent_dim]."""
        return latents.in_parts(self._decode, codes, labels)

    def _decode(self, codes, labels):
        inputs = {"latent": tf.constant(codes)}
        if labels is not None:
            inputs["label"] = tf.constant(labels)
        [samples] = self.endpoints["serving_default"](**inputs).values()
        return samples
