import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import ganzoo.data
from ganzoo.data import pipeline

X = np.arange(20, dtype=np.float32)[:, None]
Y = np.arange(20) % 4


def collect(dataset):
    return [tuple(part.numpy() for part in element) for element in dataset]


def rows(dataset):
    return np.concatenate([element[0][:, 0] for element in collect(dataset)])


def assert_same(first, second):
    assert len(first) == len(second) > 0
    for a, b in zip(first, second):
        for part, other in zip(a, b, strict=True):
            assert np.array_equal(part, other)


def test_import_and_names_do_without_tensorflow():
    code = (
        "import sys, ganzoo.data; names = ganzoo.data.names(); ganzoo.data.Data; "
        "assert 'digits' in names and 'cifar10' in names; "
        "assert not [m for m in ('tensorflow', 'keras', 'sklearn') if m in sys.modules]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_each_epoch_is_a_permutation_and_pairs_stay_together():
    epochs = collect(ganzoo.data.batches(X, Y, batch_size=5, seed=1, epochs=3))
    assert len(epochs) == 12
    orders = [np.concatenate([x[:, 0] for x, _ in epochs[4 * e : 4 * e + 4]]) for e in range(3)]
    for order in orders:
        assert np.array_equal(np.sort(order), np.arange(20))
    assert not np.array_equal(orders[0], orders[1]) and not np.array_equal(orders[1], orders[2])
    for x, y in epochs:
        assert y.dtype == np.int32 and np.array_equal(x[:, 0] % 4, y)


def test_same_seed_same_batches_other_seed_others():
    first = collect(ganzoo.data.batches(X, Y, 5, seed=3, epochs=2))
    assert_same(first, collect(ganzoo.data.batches(X, Y, 5, seed=3, epochs=2)))
    other = collect(ganzoo.data.batches(X, Y, 5, seed=4, epochs=2))
    assert not all(np.array_equal(a[0], b[0]) for a, b in zip(first, other))


@pytest.mark.parametrize("start", [1, 2])
def test_resumed_stream_equals_the_uninterrupted_one(start):
    whole = collect(ganzoo.data.batches(X, Y, 6, seed=0, epochs=4))
    resumed = collect(ganzoo.data.batches(X, Y, 6, seed=0, initial_epoch=start, epochs=4))
    assert_same(whole[3 * start :], resumed)
    endless = ganzoo.data.batches(X, Y, 6, seed=0, initial_epoch=start)
    assert_same(whole[3 * start :], collect(endless.take(len(resumed))))


def test_cardinality_and_static_shapes():
    finite = ganzoo.data.batches(X, None, 6, epochs=5, initial_epoch=2)
    assert finite.cardinality() == 9
    assert finite.element_spec == (tf.TensorSpec([6, 1], tf.float32),)
    assert ganzoo.data.batches(X, None, 6).cardinality() == tf.data.INFINITE_CARDINALITY
    assert ganzoo.data.batches(X, None, 6, initial_epoch=3, epochs=3).cardinality() == 0


def test_remainder_is_dropped_or_kept():
    assert len(rows(ganzoo.data.batches(X, None, 6, epochs=1))) == 18
    kept = ganzoo.data.batches(X, None, 6, epochs=2, drop_remainder=False, shuffle=False)
    assert kept.cardinality() == 8
    assert np.array_equal(rows(kept), np.tile(np.arange(20), 2))


def test_two_domains_keep_their_rows_together():
    for (a, b), y in collect_nested(ganzoo.data.batches((X, -X), Y, 5, epochs=1)):
        assert np.array_equal(a, -b) and np.array_equal(a[:, 0] % 4, y)


def collect_nested(dataset):
    return [tf.nest.map_structure(lambda part: part.numpy(), element) for element in dataset]


def test_float64_becomes_float32():
    assert ganzoo.data.batches(X.astype(np.float64), None, 5).element_spec[0].dtype == tf.float32


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, None])
def test_bad_batch_size(batch_size):
    with pytest.raises(ValueError, match="must be a positive integer"):
        ganzoo.data.batches(X, Y, batch_size)


def test_bad_seed():
    with pytest.raises(ValueError, match="seed=None must be an integer"):
        ganzoo.data.batches(X, Y, 5, seed=None)


def test_batch_larger_than_the_data():
    with pytest.raises(ValueError, match="batch_size=21 cannot be filled from 20 examples"):
        ganzoo.data.batches(X, Y, 21)


def test_lengths_differ():
    with pytest.raises(ValueError, match=r"different lengths \[20, 19\]"):
        ganzoo.data.batches(X, Y[:-1], 5)


SETTINGS = {"grey": {}, "static": {"binarized": "static"}, "colors": {"channels": 3, "colors": 8}}


@pytest.mark.parametrize("settings", [*SETTINGS.values(), {"binarized": "dynamic"}])
def test_data_dataset_resumes(settings):
    data = ganzoo.data.load("digits", split="test", **settings)
    whole = collect(data.dataset(50, seed=5, epochs=3))
    assert len(whole) == 21
    assert_same(whole[14:], collect(data.dataset(50, seed=5, initial_epoch=2, epochs=3)))


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_pipeline_and_scaled_agree_bit_for_bit(settings):
    data = ganzoo.data.load("digits", split="test", **settings)
    batches = collect(data.dataset(71, shuffle=False, epochs=1))
    assert np.array_equal(np.concatenate([x for x, _ in batches]), data.scaled())
    assert np.array_equal(np.concatenate([y for _, y in batches]), data.labels)
    assert np.array_equal(data.scaled([7, 3]), data.scaled()[[7, 3]])


def test_every_grey_level_scales_into_the_range():
    levels = np.arange(256, dtype=np.uint8).reshape(256, 1, 1, 1)
    signed = ganzoo.data.Data("levels", levels, value_range=(-1.0, 1.0)).scaled().ravel()
    assert signed[0] == -1 and signed[255] == 1
    assert np.allclose(signed, np.arange(256) / 127.5 - 1, atol=2e-7)
    unit = ganzoo.data.Data("levels", levels, value_range=(0.0, 1.0)).scaled().ravel()
    assert unit[0] == 0 and unit[255] == 1


@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
def test_categories_are_one_hot(dtype):
    indices = np.array([[[0, 2], [1, 1]], [[2, 2], [0, 1]], [[1, 0], [2, 0]]], dtype)
    data = ganzoo.data.Data("rgb", indices, value_range=(0.0, 1.0), symbols=("a", "b", "c"))
    assert data.data_shape == (2, 2, 3)
    expected = indices[..., None] == np.arange(3)
    [(batch,)] = collect(data.dataset(3, epochs=1, shuffle=False))
    for one_hot in (batch, data.scaled()):
        assert one_hot.dtype == np.float32 and np.array_equal(one_hot, expected)
    assert np.array_equal(data.scaled([2, 0]), expected[[2, 0]])
    # the indices wait in memory, not the one-hot vectors
    assert data.dataset(3).element_spec == (tf.TensorSpec([3, 2, 2, 3], tf.float32),)
    assert data.examples.dtype == dtype and data.examples.shape == (3, 2, 2)


@pytest.mark.parametrize("symbols", [(), ("a",)])
def test_categorical_data_take_two_symbols(symbols):
    with pytest.raises(ValueError, match="at least two symbols"):
        ganzoo.data.Data("text", np.zeros([3, 4], np.uint8), symbols=symbols)


def test_scaled_vectors_are_a_copy():
    data = ganzoo.data.load("iris")
    data.scaled()[:] = 0
    assert data.examples.any()


def test_binarization_samples_the_grey_level():
    grey = np.full([400, 8, 8, 1], 51, np.uint8)
    grey[:, 0], grey[:, 1] = 0, 255
    data = ganzoo.data.Data("grey", grey, value_range=(0.0, 1.0), dynamic_binarization=True)
    presentations = collect(data.dataset(100, seed=0, epochs=2, shuffle=False))
    fixed = data.scaled()
    for images in [fixed, *(x for (x,) in presentations)]:
        assert set(np.unique(images)) == {0.0, 1.0}
        assert not images[:, 0].any() and images[:, 1].all()
        # 100 x 48 pixels: the standard deviation of the mean is 0.006
        assert abs(images[:, 2:].mean() - 0.2) < 0.03
    # fresh pixels for every batch and every epoch, the same ones in `scaled`
    assert not np.array_equal(presentations[0][0], presentations[1][0])
    assert not np.array_equal(presentations[0][0], presentations[4][0])
    assert np.array_equal(fixed, data.scaled())


def test_static_binarization_depends_on_the_seed_alone():
    first = ganzoo.data.load("digits", binarized="static", seed=1)
    assert first.value_range == (0.0, 1.0) and set(np.unique(first.examples)) == {0, 255}
    again = ganzoo.data.load("digits", binarized="static", seed=1)
    assert np.array_equal(first.examples, again.examples)
    other = ganzoo.data.load("digits", binarized="static", seed=2)
    assert not np.array_equal(first.examples, other.examples)


def test_labels_on_request():
    digits = ganzoo.data.load("digits")
    assert len(digits.dataset(10, with_labels=False).element_spec) == 1
    assert len(ganzoo.data.load("sphere").dataset(10).element_spec) == 1
    with pytest.raises(ValueError, match="sphere has no labels"):
        ganzoo.data.load("sphere").dataset(10, with_labels=True)


def test_every_worker_reads_its_share_of_each_global_batch():
    from tensorflow.python.data.experimental.ops import distribute

    whole = collect(ganzoo.data.batches(X, None, 4, seed=2, epochs=2))
    shares = []
    for worker in range(2):
        # what tf.distribute does to a dataset on each of two workers with one replica
        dataset = ganzoo.data.batches(X, None, 4, seed=2, epochs=2)
        sizes = distribute.batch_sizes_for_worker(4, 2, 1, worker)
        dataset = dataset.rebatch(sizes).prefetch(1)
        shares.append(collect(distribute._AutoShardDataset(dataset, 2, worker, 2)))
    assert len(whole) == len(shares[0]) == len(shares[1]) == 10
    for (batch,), (first,), (second,) in zip(whole, *shares):
        assert np.array_equal(batch, np.concatenate([first, second]))


def test_replica_r_gets_the_rth_part_of_the_batch():
    code = """
import numpy as np, tensorflow as tf, ganzoo.data
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
x = np.arange(20, dtype=np.float32)[:, None]
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
distributed = strategy.experimental_distribute_dataset(ganzoo.data.batches(x, None, 4, 7, epochs=2))
steps = 0
for (whole,), (parts,) in zip(ganzoo.data.batches(x, None, 4, 7, epochs=2), distributed):
    first, second = strategy.experimental_local_results(parts)
    np.testing.assert_array_equal(first, whole[:2])
    np.testing.assert_array_equal(second, whole[2:])
    steps += 1
assert steps == 10, steps
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_arrays_are_not_written_into_the_graph():
    marker = np.full([4096, 64], 7, np.uint8)
    dataset = pipeline.batches(marker, None, 64, epochs=1)
    functions = [
        function for transformation in walk(dataset) for function in transformation._functions()
    ]
    assert functions
    for wrapper in functions:
        concrete = wrapper.function
        assert all(captured.shape.num_elements() < 100 for captured in concrete.captured_inputs)
        assert len(concrete.function_def.SerializeToString()) < marker.nbytes


def walk(dataset):
    yield dataset
    for parent in dataset._inputs():
        yield from walk(parent)
