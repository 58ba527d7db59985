import json
import math
import os
import pathlib
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import registry

SHAPE = (8, 8, 1)
CLASSES = 3
LATENT_DIM = 4
# recipe -> overrides beside `tiny`; dcgan has batch statistics and keeps averaged weights
EXPORTED = {
    "wgan_gp": {},
    "cgan": {},
    "vae": {},
    "dcgan": {"averaging": 0.5},
    "ebgan": {},
    "pacgan": {},
}
# name of the export -> recipe, shape and settings of a model of discrete data
MLP = {"architecture": "mlp", "units": (8,)}
CATEGORICAL = {"distribution": "categorical", "generator": MLP, "discriminator": MLP}
COLORS = ((255, 0, 0), (0, 128, 255), (9, 9, 9))
SLOPE = {
    "class_name": "ganzoo>LinearToCeiling",
    "config": {"initial": 1.0, "rate": 0.5, "ceiling": 5.0},
}
DISCRETE = {
    "bits": ("bgan_discrete", SHAPE, {"averaging": 0.5}),
    "text": ("bgan_discrete", (4, 3), {**CATEGORICAL, "symbols": "abß"}),
    "palette": ("nvil_gan", (2, 2, 3), {**CATEGORICAL, "symbols": COLORS}),
    "slope": (
        "straight_through_gan",
        (6,),
        {"generator": MLP, "discriminator": MLP, "slope": SLOPE},
    ),
    "probabilities": ("wgan_gp_discrete", (6,), {"generator": MLP, "critic": MLP}),
}
GUIDE = pathlib.Path(__file__).parents[1] / "docs" / "serving.md"


def create(name):
    """The model, after one step of training, so that no weight has the value it began with."""
    overrides = {**registry.get(name).tiny, **EXPORTED[name], "latent_dim": LATENT_DIM}
    model = ganzoo.create(name, data_shape=SHAPE, num_classes=CLASSES, seed=1, **overrides)
    noise = np.random.default_rng(0)
    images = noise.uniform(-1, 1, (8, *SHAPE)).astype("float32")
    labels = np.arange(8, dtype="int32") % CLASSES
    model.fit(images, labels if model.uses_labels else None, batch_size=4, verbose=0)
    return model


def create_discrete(name):
    """The same for a model of discrete data."""
    recipe, shape, settings = DISCRETE[name]
    overrides = {**registry.get(recipe).tiny, **settings, "latent_dim": LATENT_DIM}
    model = ganzoo.create(recipe, data_shape=shape, seed=1, **overrides)
    model.fit(hard_images(name, 8), batch_size=4, verbose=0)
    return model


@pytest.fixture(scope="module")
def models():
    return {
        **{name: create(name) for name in EXPORTED},
        **{name: create_discrete(name) for name in DISCRETE},
    }


@pytest.fixture(scope="module")
def directory(models, tmp_path_factory):
    directory = tmp_path_factory.mktemp("saved_models")
    for name, model in models.items():
        model.export(directory / name)
    return directory


@pytest.fixture(scope="module")
def loaded(directory):
    return {name: ganzoo.load(directory / name) for name in (*EXPORTED, *DISCRETE)}


def latents(count=5):
    return np.random.default_rng(2).normal(size=(count, LATENT_DIM)).astype("float32")


def images(count=5):
    return np.random.default_rng(3).uniform(-1, 1, (count, *SHAPE)).astype("float32")


def hard_images(name, count=5):
    """Bits or one-hot vectors, as the export of this name takes them."""
    _, shape, settings = DISCRETE[name]
    noise = np.random.default_rng(4)
    if "distribution" not in settings:
        return (noise.random((count, *shape)) < 0.5).astype("float32")
    return np.eye(shape[-1], dtype="float32")[noise.integers(shape[-1], size=(count, *shape[:-1]))]


def labels(count=5):
    return np.arange(count, dtype="int32") % CLASSES


def assert_same(actual, expected):
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, atol=1e-6)


# === Endpoints ===


def test_endpoints_follow_from_what_a_model_has(loaded):
    names = {name: set(exported.endpoints) for name, exported in loaded.items()}
    adversarial = {"serving_default", "sample", "discriminate"}
    assert names["wgan_gp"] == names["cgan"] == names["dcgan"] == adversarial
    assert names["pacgan"] == adversarial
    assert names["ebgan"] == {*adversarial, "reconstruct"}
    latent = {"serving_default", "sample", "encode", "reconstruct", "log_prob_bound"}
    assert names["vae"] == latent


@pytest.mark.parametrize("name", ["wgan_gp", "vae", "dcgan"])
def test_serving_default_decodes_latents(models, loaded, name):
    decoded = loaded[name].endpoints["serving_default"](latent=latents())
    assert list(decoded) == ["image"]
    assert_same(decoded["image"], models[name].decode(latents()))


def test_serving_default_takes_labels(models, loaded):
    decoded = loaded["cgan"].endpoints["serving_default"](latent=latents(), label=labels())
    assert_same(decoded["image"], models["cgan"].decode(latents(), labels()))


@pytest.mark.parametrize("name", ["wgan_gp", "vae", "dcgan"])
def test_sample_gives_the_images_of_generate(models, loaded, name):
    sample = loaded[name].endpoints["sample"]

    def draw(seed):
        return sample(num_samples=tf.constant(5), seed=tf.constant(seed, tf.int64))["image"]

    assert_same(draw(7), models[name].generate(5, seed=7))
    np.testing.assert_array_equal(draw(7), draw(7))
    assert np.abs(draw(7) - draw(8)).max() > 1e-6


def test_sample_takes_one_label_or_one_for_each(models, loaded):
    sample = loaded["cgan"].endpoints["sample"]

    def draw(label):
        label = tf.constant(label, tf.int32)
        seed = tf.constant(7, tf.int64)
        return sample(num_samples=tf.constant(5), seed=seed, label=label)["image"]

    assert_same(draw([2]), models["cgan"].generate(5, label=2, seed=7))
    assert_same(draw(labels()), models["cgan"].generate(5, seed=7))
    assert np.abs(draw([2]) - draw([1])).max() > 1e-6
    with pytest.raises(tf.errors.InvalidArgumentError):
        draw([0, 1])


def test_discriminate_scores_images(models, loaded):
    for name, network in (("wgan_gp", "critic"), ("dcgan", "discriminator")):
        scores = loaded[name].endpoints["discriminate"](image=images())["score"]
        assert_same(scores, getattr(models[name], network)(images(), training=False))
        assert scores.shape == (5, 1)
    scores = loaded["cgan"].endpoints["discriminate"](image=images(), label=labels())["score"]
    assert_same(scores, models["cgan"].discriminator([images(), labels()], training=False))


def test_discriminate_is_what_a_model_says_it_is(models, loaded):
    energies = loaded["ebgan"].endpoints["discriminate"](image=images())
    assert list(energies) == ["energy"]
    reconstructions, _ = models["ebgan"].discriminator(images(), training=False)
    assert_same(energies["energy"], np.mean((reconstructions - images()) ** 2, axis=(1, 2, 3)))
    assert_same(loaded["ebgan"].endpoints["reconstruct"](image=images())["image"], reconstructions)
    x = images(4)
    pairs = np.concatenate([x[::2], x[1::2]], axis=-1)
    scores = loaded["pacgan"].endpoints["discriminate"](image=x)["score"]
    assert_same(scores, models["pacgan"].discriminator(pairs, training=False))


def test_encode_and_reconstruct(models, loaded):
    model, endpoints = models["vae"], loaded["vae"].endpoints
    code = endpoints["encode"](image=images())
    posterior = model.posterior(images())
    assert set(code) == {"mean", "log_variance"}
    assert_same(code["mean"], posterior.mean())
    assert_same(code["log_variance"], 2 * np.log(posterior.stddev()))
    reconstructed = endpoints["reconstruct"](image=images())["image"]
    assert_same(reconstructed, model.decode(posterior.mean()))


@pytest.mark.parametrize("wrong", [-1, CLASSES])
def test_the_graph_refuses_labels_out_of_range(loaded, wrong):
    endpoints = loaded["cgan"].endpoints
    label = tf.constant([0, 1, wrong])
    calls = {
        "serving_default": {"latent": latents(3)},
        "sample": {"num_samples": tf.constant(3), "seed": tf.constant(0, tf.int64)},
        "discriminate": {"image": images(3)},
    }
    for name, inputs in calls.items():
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"label must be in \[0, 3\)"):
            endpoints[name](**inputs, label=label)


def test_averaged_weights_are_exported(models, loaded):
    model = models["dcgan"]
    served = loaded["dcgan"].endpoints["serving_default"](latent=latents())["image"]
    assert_same(served, model.averaged_network(latents(), training=False))
    trained = model.generator(latents(), training=False)
    assert np.abs(served - trained).max() > 1e-4
    assert loaded["dcgan"].manifest["averaged_weights"] is True


@pytest.mark.parametrize("name, networks", [
    ("wgan_gp", ["generator", "critic"]),
    ("dcgan", ["averaged_network", "discriminator"]),
    ("vae", ["encoder", "decoder"]),
])  # fmt: skip
def test_every_weight_is_stored_once(models, directory, name, networks):
    checkpoint = tf.train.load_checkpoint(directory / name / "1" / "variables" / "variables")
    stored = checkpoint.get_variable_to_shape_map()
    stored.pop("_CHECKPOINTABLE_OBJECT_GRAPH")
    weights = [w for network in networks for w in getattr(models[name], network).weights]
    assert sum(map(math.prod, stored.values())) == sum(math.prod(w.shape) for w in weights)


# === Endpoints of discrete data ===


def drawn(exported, seed=7, count=5):
    sample = exported.endpoints["sample"]
    outputs = sample(num_samples=tf.constant(count), seed=tf.constant(seed, tf.int64))
    return {name: value.numpy() for name, value in outputs.items()}


@pytest.mark.parametrize("name", list(DISCRETE))
def test_probabilities_and_their_hard_samples(models, loaded, name):
    model, exported = models[name], loaded[name]
    names = {"serving_default", "sample", "discriminate"}
    assert set(exported.endpoints) == names | (set() if model.deterministic else {"log_prob"})

    decoded = exported.endpoints["serving_default"](latent=latents())
    assert list(decoded) == ["probability"]
    assert_same(decoded["probability"], model.decode(latents()))

    outputs = drawn(exported)
    assert_same(outputs["probability"], model.decode(model.sample_latents(5, seed=7)))
    np.testing.assert_array_equal(outputs["image"], model.generate(5, seed=7))
    np.testing.assert_array_equal(outputs["image"], exported.generate(5, seed=7))
    np.testing.assert_array_equal(outputs["image"], drawn(exported)["image"])
    assert set(np.unique(outputs["image"])) == {0.0, 1.0}
    assert not np.array_equal(outputs["image"], drawn(exported, seed=8)["image"])


def test_categories_are_exported_with_their_symbols(loaded):
    outputs = drawn(loaded["text"])
    assert set(outputs) == {"image", "probability", "index", "text"}
    assert outputs["index"].dtype == np.int32
    np.testing.assert_array_equal(outputs["index"], outputs["image"].argmax(axis=-1))
    expected = ["".join("abß"[i] for i in row) for row in outputs["index"]]
    assert [text.decode() for text in outputs["text"]] == expected

    outputs = drawn(loaded["palette"])
    assert set(outputs) == {"image", "probability", "index", "color"}
    assert outputs["color"].dtype == np.uint8 and outputs["color"].shape == (5, 2, 2, 3)
    np.testing.assert_array_equal(outputs["color"], np.array(COLORS)[outputs["index"]])

    assert set(drawn(loaded["bits"])) == {"image", "probability"}


@pytest.mark.parametrize("name", [name for name in DISCRETE if name != "probabilities"])
def test_log_prob_sums_over_an_example(models, loaded, name):
    model, x, z = models[name], hard_images(name), latents()
    log_prob = loaded[name].endpoints["log_prob"](image=x, latent=z)["log_prob"]
    assert log_prob.shape == (5,)
    np.testing.assert_allclose(log_prob, model.conditional(model.sampler(z)).log_prob(x), rtol=1e-5)
    p = model.decode(z).numpy().astype("float64")
    if model.distribution == "bernoulli":
        terms = np.log(np.where(x == 1.0, p, 1.0 - p))
    else:
        terms = np.log((x * p).sum(axis=-1))
    np.testing.assert_allclose(log_prob, terms.reshape(5, -1).sum(axis=-1), rtol=1e-4)


def test_a_slope_is_exported_as_it_stood(models, loaded):
    model = models["slope"]
    assert int(model.iteration) == 2  # slope 2
    decoded = loaded["slope"].endpoints["serving_default"](latent=latents())
    assert_same(decoded["probability"], tf.sigmoid(2.0 * model.generator(latents())))


def test_a_deterministic_model_has_one_sample_for_each_latent(loaded):
    outputs = drawn(loaded["probabilities"])
    np.testing.assert_array_equal(outputs["image"], outputs["probability"] >= 0.5)
    other = drawn(loaded["bits"])
    assert not np.array_equal(other["image"], other["probability"] >= 0.5)


@pytest.mark.parametrize("name", ["bits", "probabilities"])
def test_discriminate_scores_hard_images(models, loaded, name):
    scores = loaded[name].endpoints["discriminate"](image=hard_images(name))["score"]
    network = models[name].critic if name == "probabilities" else models[name].discriminator
    assert_same(scores, network(hard_images(name), training=False))


def test_manifests_say_what_kind_of_discrete_data(loaded):
    def fields(name):
        manifest = loaded[name].manifest
        return [manifest[key] for key in ("distribution", "symbols", "deterministic")]

    assert fields("bits") == ["bernoulli", None, False]
    assert fields("text") == ["categorical", ["a", "b", "ß"], False]
    assert fields("palette") == ["categorical", [list(color) for color in COLORS], False]
    assert fields("probabilities") == ["bernoulli", None, True]
    assert loaded["text"].manifest["endpoints"]["log_prob"] == {
        "image": ["float32", [None, 4, 3]],
        "latent": ["float32", [None, LATENT_DIM]],
    }
    assert loaded["text"].symbols == ("a", "b", "ß") and loaded["palette"].symbols == COLORS
    assert loaded["bits"].symbols is None
    assert loaded["bits"].value_range == [0.0, 1.0]


# === Without the package ===

WITHOUT_THE_PACKAGE = """
import sys

for name in ("ganzoo", "keras", "tf_keras"):
    sys.modules[name] = None  # as if it were not installed
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    sys.exit(name + " could be imported")

import numpy as np
import tensorflow as tf

results = {}
for name in ("wgan_gp", "cgan", "vae"):
    sample = tf.saved_model.load(f"{sys.argv[1]}/{name}/1").signatures["sample"]
    label = {"label": tf.constant([2])} if name == "cgan" else {}
    seed = tf.constant(7, tf.int64)
    results[name] = sample(num_samples=tf.constant(5), seed=seed, **label)["image"].numpy()
for name in ("bits", "text", "palette", "probabilities"):
    signatures = tf.saved_model.load(f"{sys.argv[1]}/{name}/1").signatures
    outputs = signatures["sample"](num_samples=tf.constant(5), seed=tf.constant(7, tf.int64))
    results.update({f"{name}_{key}": value.numpy() for key, value in outputs.items()})
    if "log_prob" in signatures:
        inputs = {"image": outputs["image"], "latent": tf.zeros([5, 4])}
        results[f"{name}_log_prob"] = signatures["log_prob"](**inputs)["log_prob"].numpy()
np.savez(sys.argv[2], **results)
"""


def test_exports_serve_without_this_package(models, directory, tmp_path):
    output = tmp_path / "images.npz"
    subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE, str(directory), str(output)],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"},
        timeout=300,
    )
    served = np.load(output, allow_pickle=True)  # texts are objects
    assert_same(served["wgan_gp"], models["wgan_gp"].generate(5, seed=7))
    assert_same(served["cgan"], models["cgan"].generate(5, label=2, seed=7))
    assert_same(served["vae"], models["vae"].generate(5, seed=7))
    for name in ("bits", "text", "palette", "probabilities"):
        x = models[name].generate(5, seed=7)
        np.testing.assert_array_equal(served[f"{name}_image"], x)
        if name != "probabilities":
            logits = models[name].sampler(tf.zeros([5, LATENT_DIM]))
            expected = models[name].conditional(logits).log_prob(x)
            np.testing.assert_allclose(served[f"{name}_log_prob"], expected, rtol=1e-5)
    assert [len(text.decode()) for text in served["text_text"]] == [4] * 5
    assert served["palette_color"].shape == (5, 2, 2, 3)


@pytest.mark.parametrize("name", ["dcgan", "vae", "cgan"])
def test_openvino_gives_the_same_images(models, directory, name):
    openvino = pytest.importorskip(
        "openvino", reason="openvino is not installed: pip install 'keras-ganzoo[serving]'"
    )
    core = openvino.Core()
    model = core.read_model(directory / name / "1")
    inputs = {"latent": latents()}
    if name == "cgan":
        inputs["label"] = labels()
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    served = compiled(inputs)["image"]
    expected = models[name].decode(latents(), labels() if name == "cgan" else None)
    np.testing.assert_allclose(served, expected, atol=1e-4)


# === Request bodies of the guide, by the rules of TensorFlow Serving's REST interface ===


def request_bodies():
    blocks = re.findall(r"^```json\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return [json.loads(block) for block in blocks if "signature_name" in block]


def tensors_of(body, endpoint):
    """The tensors that TensorFlow Serving makes of a request body for this signature."""
    specs = endpoint.structured_input_signature[1]
    if "inputs" in body:  # column format: whole tensors, scalars included
        values = body["inputs"]
    else:  # row format: one object for each example, stacked along a new first axis
        rows = body["instances"]
        values = {name: [row[name] for row in rows] for name in rows[0]}
    assert values.keys() == specs.keys()
    tensors = {name: tf.constant(value, specs[name].dtype) for name, value in values.items()}
    for name, tensor in tensors.items():
        assert specs[name].shape.is_compatible_with(tensor.shape)
    return tensors


def test_request_bodies_of_the_guide_fit_the_signatures(loaded):
    bodies = request_bodies()
    assert {"inputs", "instances"} <= {key for body in bodies for key in body}
    for body in bodies:
        values = body.get("inputs") or body["instances"][0]
        exported = loaded["cgan" if "label" in values else "wgan_gp"]
        endpoint = exported.endpoints[body["signature_name"]]
        [output] = endpoint(**tensors_of(body, endpoint)).values()
        assert np.isfinite(output).all()


# === Versions, manifest, failures ===


def test_versions_count_upwards_and_load_takes_the_newest(models, tmp_path):
    path = tmp_path / "model"
    (path / "10").mkdir(parents=True)  # numbers, not names: 10 comes after 9
    (path / "notes").mkdir()
    assert models["vae"].export(path) == path / "11"
    assert models["wgan_gp"].export(path) == path / "12"
    assert ganzoo.load(path).manifest["recipe"] == "wgan_gp"
    assert ganzoo.load(path / "11").manifest["recipe"] == "vae"
    assert models["vae"].export(tmp_path / "new") == tmp_path / "new" / "1"


def test_another_user_may_read_a_version(directory):
    assert (directory / "vae" / "1").stat().st_mode & 0o055 == 0o055


def test_manifest(models, tmp_path):
    metadata = {"training": {"dataset": "digits"}, "scores": {"frechet_pixels_10k": 1.5}}
    target = models["cgan"].export(tmp_path / "cgan", metadata=metadata)
    manifest = json.loads((target / "manifest.json").read_text())
    assert manifest == {
        **metadata,
        "recipe": "cgan",
        "data_shape": [8, 8, 1],
        "value_range": [-1.0, 1.0],
        "num_classes": 3,
        "latent_dim": 4,
        "latent_distribution": "uniform",
        "distribution": None,
        "symbols": None,
        "deterministic": False,
        "averaged_weights": False,
        "seed": 1,
        "step": 2,
        "endpoints": {
            "serving_default": {"latent": ["float32", [None, 4]], "label": ["int32", [None]]},
            "sample": {
                "num_samples": ["int32", []],
                "seed": ["int64", []],
                "label": ["int32", [None]],
            },
            "discriminate": {"image": ["float32", [None, 8, 8, 1]], "label": ["int32", [None]]},
        },
        "versions": {
            "ganzoo": ganzoo.__version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
    }
    assert manifest["recipe"] in registry.index()


@pytest.mark.parametrize("exists", [False, True])
def test_nothing_is_left_behind_when_writing_fails(models, tmp_path, exists):
    path = tmp_path / "model"
    if exists:
        models["vae"].export(path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(TypeError, match="not JSON serializable"):
        models["vae"].export(path, metadata={"scores": object()})
    assert sorted(tmp_path.rglob("*")) == before


def test_load_says_what_is_missing(models, tmp_path):
    with pytest.raises(ValueError, match=r"no exported model at .*absent.*model\.export"):
        ganzoo.load(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"no exported model at .*empty"):
        ganzoo.load(tmp_path / "empty")
    tf.saved_model.save(tf.Module(), tmp_path / "foreign" / "1")
    with pytest.raises(ValueError, match=r"has no manifest\.json: it is not an export of ganzoo"):
        ganzoo.load(tmp_path / "foreign")


# === Loaded in this package ===


@pytest.mark.parametrize("name", list(EXPORTED))
def test_loaded_generate_is_generate_of_the_model(models, loaded, name):
    assert_same(loaded[name].generate(5, seed=7), models[name].generate(5, seed=7))
    # more than are decoded at once
    assert_same(loaded[name].generate(260, seed=7), models[name].generate(260, seed=7))


def test_loaded_generate_checks_labels_as_the_model_does(loaded):
    with pytest.raises(ValueError, match=r"labels must be in \[0, 3\)"):
        loaded["cgan"].generate(2, label=3)
    with pytest.raises(ValueError, match="not conditional"):
        loaded["vae"].generate(2, label=0)
