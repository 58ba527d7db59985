import itertools

import keras
import numpy as np
import pytest

import ganzoo
from ganzoo.models.likelihood.char_ngram import CharNgram

# "abab" and "aabc" with a, b, c = 0, 1, 2.
TEXTS = np.array([[0, 1, 0, 1], [0, 0, 1, 2]])


def one_hot(indices, vocabulary=3):
    return np.eye(vocabulary, dtype="float32")[indices]


def fitted(n, smoothing, texts=TEXTS, vocabulary=3):
    model = CharNgram((texts.shape[1], vocabulary), n=n, smoothing=smoothing)
    return model.fit(one_hot(texts, vocabulary))


def random_texts(count=30, length=6, vocabulary=4):
    rng = np.random.default_rng(0)
    return rng.choice(vocabulary, (count, length), p=[0.5, 0.3, 0.15, 0.05])


def test_bigrams_by_hand():
    """Rows: after a: a 1, b 3; after b: a 1, c 1; after c: nothing; at the start: a 2."""
    rows = fitted(2, 0.5).next_probabilities([[0], [1], [2], [3]])
    counts = np.array([[1, 3, 0], [1, 0, 1], [0, 0, 0], [2, 0, 0]])
    np.testing.assert_allclose(rows, (counts + 0.5) / (counts.sum(axis=1, keepdims=True) + 1.5))
    log_prob = fitted(2, 0.5).log_prob(one_hot(np.array([[0, 1, 2, 0]])))
    expected = np.log([2.5 / 3.5, 3.5 / 5.5, 1.5 / 3.5, 1 / 3]).sum()
    np.testing.assert_allclose(log_prob, [expected])


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_probabilities_are_those_of_a_literal_count(n, smoothing):
    texts = random_texts()
    model = fitted(n, smoothing, texts, 4)
    grams, contexts = {}, {}
    for text in texts:
        padded = (4,) * (n - 1) + tuple(int(c) for c in text)
        for end in range(n, len(padded) + 1):
            gram = padded[end - n : end]
            grams[gram] = grams.get(gram, 0) + 1
            contexts[gram[:-1]] = contexts.get(gram[:-1], 0) + 1
    assert model.ngram_counts.sum() == model.context_counts.sum() == texts.size
    for context in itertools.islice(itertools.product(range(5), repeat=n - 1), 200):
        [row] = model.next_probabilities(np.array([context], int).reshape(1, n - 1))
        total = contexts.get(context, 0)
        if total + smoothing == 0:
            expected = np.full(4, 0.25)
        else:
            counts = np.array([grams.get((*context, c), 0) for c in range(4)])
            expected = (counts + smoothing) / (total + smoothing * 4)
        np.testing.assert_allclose(row, expected)
        assert row.sum() == pytest.approx(1, abs=1e-12)


def test_sequences_have_total_probability_one():
    model = fitted(3, 0.2)
    every = np.array(list(itertools.product(range(3), repeat=4)))
    assert np.exp(model.log_prob(one_hot(every))).sum() == pytest.approx(1, abs=1e-12)


def test_unigram_perplexity_is_the_exponential_of_the_entropy():
    texts = random_texts()
    shares = np.bincount(texts.ravel(), minlength=4) / texts.size
    entropy = -np.sum(shares * np.log(shares))
    perplexity = fitted(1, 0.0, texts, 4).perplexity(one_hot(texts, 4))
    assert perplexity == pytest.approx(np.exp(entropy), rel=1e-12)


def test_perplexity_falls_with_the_context_on_its_own_text_and_is_v_on_what_it_never_saw():
    texts = random_texts()
    values = [fitted(n, 0.0, texts, 4).perplexity(one_hot(texts, 4)) for n in (1, 2, 3, 4)]
    assert values == sorted(values, reverse=True) and values[-1] < 0.8 * values[0]
    unseen = np.full((1, 4), 2)
    assert fitted(1, 1e9).perplexity(one_hot(unseen)) == pytest.approx(3, rel=1e-6)
    assert fitted(1, 0.0, TEXTS[:1]).perplexity(one_hot(unseen)) == np.inf


def test_counting_takes_any_order_and_forgets_what_came_before():
    texts = random_texts()
    one = fitted(3, 0.1, texts, 4)
    other = fitted(3, 0.1, texts[:5], 4).fit(one_hot(texts[::-1], 4))
    np.testing.assert_array_equal(one.ngrams, other.ngrams)
    np.testing.assert_array_equal(one.ngram_counts, other.ngram_counts)


def test_samples_follow_the_probabilities():
    model = fitted(3, 0.0)
    samples = model.generate(20_000, seed=1)
    assert samples.shape == (20_000, 4, 3) and samples.dtype == np.float32
    np.testing.assert_array_equal(samples.sum(axis=-1), 1)
    texts, counts = np.unique(samples.argmax(axis=-1), axis=0, return_counts=True)
    expected = np.exp(model.log_prob(one_hot(texts)))
    assert expected.sum() == pytest.approx(1, abs=1e-9)
    errors = np.sqrt(expected * (1 - expected) / 20_000)
    assert np.all(np.abs(counts / 20_000 - expected) < 4 * errors + 1e-12)
    np.testing.assert_array_equal(samples, model.generate(20_000, seed=1))
    assert not np.array_equal(samples, model.generate(20_000, seed=2))


def test_long_contexts_are_stored_by_what_occurs():
    data = ganzoo.data.load("python_topics")
    x = data.scaled(np.arange(500))
    model = CharNgram(data.data_shape, n=6).fit(x)
    assert 3000 < len(model.ngrams) <= 500 * 32
    assert model.perplexity(x) < 5


def test_a_saved_model_keeps_its_counts(tmp_path):
    model = fitted(3, 0.2)
    model.save(tmp_path / "ngram.keras")
    loaded = keras.models.load_model(tmp_path / "ngram.keras")
    x = one_hot(TEXTS)
    np.testing.assert_array_equal(loaded.log_prob(x), model.log_prob(x))
    np.testing.assert_array_equal(loaded.generate(5, seed=0), model.generate(5, seed=0))
    assert loaded.get_config() == model.get_config()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"data_shape": (4,)}, r"give \(length, vocabulary\)"),
        ({"n": 0}, "n=0: give an integer of at least 1"),
        ({"n": 40}, "n=40: n-grams over 3 characters are numbered up to n=31"),
        ({"smoothing": -1}, "smoothing=-1: give a number of at least 0"),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        CharNgram(**{"data_shape": (4, 3), **settings})


def test_data_are_checked():
    model = CharNgram((4, 3))
    with pytest.raises(ValueError, match=r"call fit\(x\) first"):
        model.log_prob(one_hot(TEXTS))
    with pytest.raises(ValueError, match=r"call fit\(x\) first"):
        model.generate(1)
    with pytest.raises(ValueError, match="shape"):
        model.fit(one_hot(TEXTS)[:, :3])
    with pytest.raises(ValueError):
        model.fit(0.5 * one_hot(TEXTS))
    with pytest.raises(ValueError, match="empty"):
        model.fit(one_hot(TEXTS)[:0])
