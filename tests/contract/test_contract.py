"""What every registered recipe keeps to, on its tiny form."""

import functools
import io
import pathlib
import tempfile

import keras
import numpy as np
import pytest
import tensorflow as tf

import ganzoo
from ganzoo import registry
from ganzoo.export import endpoints_of
from tests.contract.ordering import unordered_accesses
from tests.contract.recipes import (
    IMAGE_SHAPE,
    NUM_CLASSES,
    changed,
    examples,
    is_discrete,
    is_running,
    named,
    sgd,
    tiny,
    weights,
)

CARDS = pathlib.Path(__file__).parents[2] / "docs" / "cards"

pytestmark = pytest.mark.parametrize("name", ganzoo.list_models())


@functools.lru_cache(maxsize=1)  # the tests of a recipe come one after the other
def untrained(name):
    """The tiny model, for the tests that leave it as it is."""
    return tiny(name)


def test_builds_with_a_summary(name):
    model = untrained(name)
    lines = io.StringIO()
    model.summary(print_fn=lambda line: lines.write(line + "\n"))
    for network in model.network_names:
        assert network in lines.getvalue()
        assert getattr(model, network).count_params() > 0


class SaveAfterTwoEpochs(keras.callbacks.Callback):
    """Keeps the model file of the second epoch's end in `saved`."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            with tempfile.TemporaryDirectory() as directory:
                path = pathlib.Path(directory) / "model.keras"
                self.model.save(path)
                self.saved = path.read_bytes()


@functools.lru_cache(maxsize=1)
def trained(name):
    """The tiny model after three epochs on arrays, its weights before, its logs, and a file.

    The file is the model's after two epochs. Compiled once for the tests that only look at it.
    """
    model = tiny(name, averaging=0.9)
    before = {network: weights(getattr(model, network)) for network in model.network_names}
    x, y = examples(name)
    save = SaveAfterTwoEpochs()
    history = model.fit(
        x, y, batch_size=8, epochs=3, validation_data=(x, y), callbacks=[save], verbose=0
    )
    return model, before, history.history, save.saved


def test_epochs_on_arrays_log_finite_means(name):
    model, _, logs, _ = trained(name)
    assert set(logs) == {*model.logged, *(f"val_{key}" for key in model.logged)}
    assert all(np.isfinite(values).all() for values in logs.values())
    assert int(model.iteration) == 3 * (32 // (8 * model.minibatches_per_step))


def test_every_trainable_weight_of_every_network_moves(name):
    model, before, _, _ = trained(name)
    for network in model.network_names:
        weights_now = named(getattr(model, network))
        trainable = {name for name, weight in weights_now.items() if weight.trainable}
        moved = changed(before[network], weights(getattr(model, network)))
        assert trainable
        assert trainable <= moved, f"{network}: {trainable - moved} stayed"


def test_an_update_moves_only_its_own_network(name):
    """No weight of another network moves; statistics once for each update of their network.

    They move in the pass that an update learns from. The pass may come before the opponent's
    update, where the paper's code lets one pass serve both.
    """
    model = tiny(name)
    model.compile(run_eagerly=True, **sgd(model))
    passes = dict.fromkeys(model.network_names, 0)  # since the last update, in which some moved
    state, updates = {}, []

    def snapshot():
        return {network: weights(getattr(model, network)) for network in model.network_names}

    def count_passes(now):
        for other in model.network_names:
            moved = changed(state["end"][other], now[other])
            statistics = {path for path in moved if is_running(path)}
            passes[other] += bool(statistics)
            # Weight clipping follows the update.
            assert moved == statistics or other == state["last"], f"{moved} of {other}"

    descend = model.descend

    def watched(network, gradients, loss):
        start = snapshot()
        count_passes(start)
        descend(network, gradients, loss)
        end = snapshot()
        for other in model.network_names:
            is_updated = network in (other, "loss")
            assert bool(changed(start[other], end[other])) == is_updated
            if is_updated:
                assert passes[other] == any(map(is_running, end[other])), other
                passes[other] = 0
        state.update(end=end, last=network)
        updates.append(network)

    model.descend = watched
    state.update(end=snapshot(), last=None)
    x, y = examples(name, 8 * model.minibatches_per_step)
    model.fit(x, y, batch_size=8, verbose=0)
    count_passes(snapshot())
    assert not any(passes.values()), passes
    first, *others = model.network_names
    expected = ["loss"] if model.joint else [first] * model.minibatches_per_step + others
    assert updates == expected


def test_evaluation_updates_nothing_and_repeats(name):
    model, _, _, _ = trained(name)
    x, y = examples(name)
    before = weights(model)
    one = model.evaluate(x, y, batch_size=8, return_dict=True, verbose=0)
    other = model.evaluate(x, y, batch_size=8, return_dict=True, verbose=0)
    # Threads may sum in another order; other noise would move the third digit.
    assert one == pytest.approx(other, rel=1e-6)
    assert not changed(before, weights(model))


def no_noise(sampler, shape, seed):
    """The same numbers at every draw, in (0, 1); XLA's normals differ in the last digits."""
    numbers = tf.range(tf.reduce_prod(shape))
    return tf.reshape(0.5 + 0.49 * tf.sin(tf.cast(numbers, tf.float32)), shape)


@pytest.mark.thorough
def test_evaluation_measures_what_training_does(name):
    """With the same noise and examples, and no learning; batch statistics would be others.

    A hundred steps settle what a pass carries on: singular vectors, running means, clipped weights.
    """
    # Without burn-in the step of the chains stays; with it, it goes up and down for ever.
    model = vector_model(name, **({"burn_in": 0} if name == "presgan" else {}))
    model.compile(**{key: keras.optimizers.SGD(0.0) for key in model.optimizer_names})
    random = np.random.default_rng(0)
    for network in model.network_names:  # at the start, many an output and its negative are near 0
        for weight in getattr(model, network).trainable_variables:
            weight.assign_add(0.3 * random.normal(size=weight.shape))
    model.draw = no_noise
    x, y = examples(name, 8, shape=(2,))
    rows = np.tile(np.repeat(np.arange(8), model.minibatches_per_step), 100)
    logs = model.fit(x[rows], y[rows], batch_size=8, epochs=2, shuffle=False, verbose=0).history
    found = model.evaluate(x, y, batch_size=8, return_dict=True, verbose=0)
    assert found == pytest.approx({key: values[-1] for key, values in logs.items()}, rel=1e-4)


def test_the_seed_decides(name):
    """The start; noise and order of the data are compared where training is taken up again."""
    _, before, _, _ = trained(name)
    start = [weight for network in before.values() for weight in network.values()]

    def differs(model, values):
        networks = [getattr(model, network) for network in model.network_names]
        now = [weight for network in networks for weight in network.get_weights()]
        return not all(map(np.array_equal, values, now))

    assert not differs(untrained(name), start)
    other = tiny(name, seed=2)
    if not differs(other, start):  # all zeros, in fvsbn: order and noise remain
        one, other = tiny(name, run_eagerly=True), tiny(name, seed=2, run_eagerly=True)
        for model in (one, other):
            model.fit(*examples(name), batch_size=8, verbose=0)
        assert not all(map(np.array_equal, one.get_weights(), other.get_weights()))


@pytest.mark.thorough
def test_no_update_overtakes_a_reading_of_its_weights(name):
    model = tiny(name, averaging=0.9)
    x, y = examples(name, 8 * model.minibatches_per_step)
    data = (tf.constant(x), tf.constant(y, tf.int32))
    assert unordered_accesses(lambda *data: model.train_step(data), *data) == []


def test_samples_have_their_shape_range_and_seed(name):
    model = untrained(name)
    samples = model.generate(7, seed=3)
    assert samples.shape == (7, *IMAGE_SHAPE) and samples.dtype == tf.float32
    low, high = model.value_range
    assert low <= tf.reduce_min(samples) and tf.reduce_max(samples) <= high
    if is_discrete(name):
        assert set(np.unique(samples)) == {0.0, 1.0}
    np.testing.assert_array_equal(samples, model.generate(7, seed=3))
    assert not np.array_equal(samples, model.generate(7, seed=4))


@pytest.mark.thorough
def test_xla_and_graphs_on_tf_data_agree_with_operations_one_by_one(name):
    def fitted(mode, *data, **arguments):
        model = tiny(name)
        model.draw = no_noise
        model.compile(**mode, **sgd(model))
        logs = model.fit(*data, verbose=0, **arguments).history
        return model.get_weights(), logs

    x, y = examples(name, 8 * untrained(name).minibatches_per_step)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    plain, plain_logs = fitted({"run_eagerly": True}, x, y, batch_size=8, shuffle=False)
    for other, logs in (
        fitted({"jit_compile": True}, x, y, batch_size=8, shuffle=False),
        fitted({}, batches),
    ):
        for one, another in zip(plain, other, strict=True):
            np.testing.assert_allclose(one, another, rtol=1e-4, atol=1e-5)
        for key, values in plain_logs.items():
            np.testing.assert_allclose(values, logs[key], rtol=1e-4, atol=1e-5)


@pytest.mark.thorough
def test_bfloat16_trains_near_float32(name):
    x, y = examples(name)
    model = tiny(name, precision="mixed_bfloat16")
    losses = model.fit(x, y, batch_size=8, verbose=0).history
    assert all(w.dtype == "float32" for w in model.trainable_variables)
    assert any(
        layer.compute_dtype == "bfloat16" for layer in model._flatten_layers(include_self=False)
    )
    _, _, in_float32, _ = trained(name)
    for key, values in losses.items():
        np.testing.assert_allclose(values, in_float32[key][:1], rtol=0.1, atol=0.05)


def test_every_endpoint_of_its_export_has_a_graph(name):
    for function, signature in endpoints_of(untrained(name)).values():
        outputs = tf.function(function, input_signature=signature).get_concrete_function()
        # A SavedModel holds dicts of tensors alone: a list among them cannot be written.
        assert all(hasattr(spec, "dtype") for spec in outputs.structured_outputs.values())


def test_config_round_trip(name):
    model = tiny(name, averaging=0.9)
    copy = type(model).from_config(model.get_config())
    assert copy.get_config() == model.get_config()
    assert [w.shape for w in copy.weights] == [w.shape for w in model.weights]


def test_a_restored_model_trains_on_as_if_uninterrupted(name, tmp_path):
    x, y = examples(name)
    model, _, _, saved = trained(name)
    (tmp_path / "model.keras").write_bytes(saved)
    restored = keras.models.load_model(tmp_path / "model.keras")
    assert restored.recipe == name
    restored.fit(x, y, batch_size=8, epochs=3, initial_epoch=2, verbose=0)
    for one, other in zip(model.get_weights(), restored.get_weights()):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(model.generate(3, seed=0), restored.generate(3, seed=0))


def test_wrong_arguments_are_refused(name):
    with pytest.raises(ValueError, match="unknown setting"):
        tiny(name, no_such_setting=1)
    with pytest.raises(ValueError, match=r"sides that are divisible by 4|give the shape"):
        ganzoo.create(name, (0, 8, 1), num_classes=NUM_CLASSES)
    with pytest.raises(ValueError, match="seed"):
        tiny(name, seed=-1)
    with pytest.raises(ValueError, match="averaging"):
        tiny(name, averaging=1.5)
    model = untrained(name)
    with pytest.raises(TypeError, match="missing"):
        model.compile()
    with pytest.raises(TypeError, match="unknown: loss"):
        model.compile(loss="mse", **sgd(model))
    with pytest.raises(ValueError, match="num_samples"):
        model.generate(0)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x: x[:0], "empty"),
        (lambda x: x[:, :4], "shape"),
        (lambda x: x[..., 0], "channel axis"),
        (lambda x: np.full_like(x, np.nan), "NaN"),
        (lambda x: ((x + 1) * 127.5).astype("uint8"), "/ 127.5 - 1|/ 255"),
        (lambda x: (x + 1) * 127.5, "/ 127.5 - 1|/ 255"),
    ],
    ids=["empty", "shape", "no channel", "nan", "uint8", "range"],
)
def test_bad_data_are_refused_with_the_cure(name, spoil, message):
    model = untrained(name)
    x, y = examples(name)
    with pytest.raises(ValueError, match=message):
        model.fit(spoil(x), y, batch_size=8, verbose=0)
    if len(spoil(x)):
        dataset = tf.data.Dataset.from_tensor_slices((spoil(x), y)).batch(8)
        with pytest.raises(ValueError):
            model.fit(dataset, verbose=0)


def test_gray_levels_are_refused_where_bits_are_taken(name):
    if is_discrete(name):
        x, y = examples(name)
        with pytest.raises(ValueError, match="binarized"):
            untrained(name).fit(0.5 * x, y, batch_size=8, verbose=0)


def test_labels_outside_the_classes_are_refused(name):
    if not registry.get(name).conditional:
        assert untrained(name).generate(2).shape[0] == 2
        with pytest.raises(ValueError, match="not conditional"):
            untrained(name).generate(2, label=1)
        return
    model = untrained(name)
    x, y = examples(name)
    below = y - 2 if model.unlabelled else y - 1
    for labels in (None, y + NUM_CLASSES, below, y.astype("float32"), y[:-1]):
        with pytest.raises(ValueError):
            model.fit(x, labels, batch_size=8, verbose=0)
    with pytest.raises(ValueError, match="label"):
        model.generate(2, label=NUM_CLASSES)
    with pytest.raises(ValueError, match="num_classes"):
        ganzoo.create(name, IMAGE_SHAPE)


def test_labels_may_have_any_integer_type(name):
    if not registry.get(name).conditional:
        pytest.skip("not conditional")
    model = tiny(name)
    x, y = examples(name, 8 * model.minibatches_per_step)
    dataset = tf.data.Dataset.from_tensor_slices((x, y.astype("int8"))).batch(8)
    logs = model.fit(dataset, verbose=0).history
    assert np.isfinite([values[-1] for values in logs.values()]).all()


def test_too_few_examples_for_a_step_are_refused(name):
    model = tiny(name, run_eagerly=True)
    x, y = examples(name, 8 * model.minibatches_per_step - 1)
    if model.minibatches_per_step == 1:
        model.fit(x, y, batch_size=8, verbose=0)  # the incomplete batch is a batch
        assert int(model.iteration) == 1
    else:
        with pytest.raises(ValueError, match="lower batch_size"):
            model.fit(x, y, batch_size=8, verbose=0)


def vector_model(name, **arguments):
    """A model of vectors [N, 2] with the settings of the recipe's tiny form."""
    settings = {
        key: value
        for key, value in registry.get(name).tiny.items()
        if not (isinstance(value, dict) and "width" in value)
    }
    return ganzoo.create(name, (2,), num_classes=NUM_CLASSES, seed=0, **{**settings, **arguments})


@pytest.mark.thorough
def test_vectors_train_too(name):
    model = vector_model(name, run_eagerly=True)
    x, y = examples(name, shape=(2,))
    logs = model.fit(x if is_discrete(name) else 5 * x, y, batch_size=8, verbose=0).history
    assert all(np.isfinite(values).all() for values in logs.values())
    assert model.generate(5, seed=0).shape == (5, 2)


def test_card_exists_and_its_front_matter_parses(name):
    text = (CARDS / f"{name}.md").read_text()
    opening, front, body = text.split("---\n", 2)
    assert opening == ""
    fields = dict(line.split(": ", 1) for line in front.strip().splitlines())
    assert fields["name"] == name
    recipe = registry.get(name)
    assert fields["paper"] == recipe.paper and fields["title"] == recipe.title
    assert "# Deviations" in body.replace("## ", "# ")
