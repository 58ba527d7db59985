import string

import numpy as np
import pytest

import ganzoo.data


def spelled(data):
    return ["".join(line) for line in np.array(data.symbols)[data.examples]]


@pytest.fixture
def write(tmp_path):
    """Function that writes a text file and returns its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "book.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def test_sequences_follow_the_text_and_the_last_tenth_is_the_test_split(write):
    text = "".join(string.ascii_lowercase[(i * i) % 26] for i in range(105))
    path = write(text)
    train = ganzoo.data.load(path, sequence_length=4)
    test = ganzoo.data.load(path, split="test", sequence_length=4)
    # 95 and 10 characters: 3 and 2 are left over
    assert spelled(train) == [text[i : i + 4] for i in range(0, 92, 4)]
    assert spelled(test) == [text[95:99], text[99:103]]
    assert train.symbols == test.symbols == tuple(sorted(set(text)))
    assert train.examples.dtype == np.uint8 and train.data_shape == (4, len(train.symbols))
    assert train.value_range == (0.0, 1.0) and train.name == str(path)


def test_symbols_of_both_splits_are_those_of_the_whole_file(write):
    path = write("ab" * 170 + "z" * 20)
    assert ganzoo.data.load(path).symbols == ("a", "b", "z")
    assert ganzoo.data.load(path, split="test").symbols == ("a", "b", "z")
    assert ganzoo.data.load(path).data_shape == (32, 3)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_spaces_and_the_byte_order_mark_is_dropped(write, end):
    path = write(("é€ a" + end) * 10, encoding="utf-8-sig")
    data = ganzoo.data.load(path, sequence_length=5)
    assert spelled(data) == ["é€ a "] * 9
    assert data.symbols == (" ", "a", "é", "€")


@pytest.mark.parametrize(
    "text, arguments, message",
    [
        ("", {}, "book.txt holds no text: give a file"),
        (" \n\n ", {}, "book.txt holds no text: give a file"),
        ("ab" * 159, {}, r"book.txt has 318 characters.* 32 take at least 320; .*smaller"),
        (b"caf\xe9" * 200, {}, r"book.txt is not UTF-8 \(.* at byte 3\): save it as UTF-8"),
        ("a" * 400, {}, "book.txt has 1 different characters, taken are 2 to 255: clean"),
        ("".join(map(chr, range(300, 556))) * 2, {}, "book.txt has 256 different characters"),
        ("ab" * 400, {"split": "valid"}, "split='valid': .*book.txt has 'train' and 'test'"),
        ("ab" * 400, {"image_size": 8}, "book.txt is a text: image_size, .* do not apply"),
        ("ab" * 400, {"binarized": "static"}, "book.txt is a text"),
        ("ab" * 400, {"colors": 16}, "book.txt is a text"),
        ("ab" * 400, {"sequence_length": 0}, "sequence_length=0 must be a positive integer"),
    ],
)
def test_refused_texts(write, text, arguments, message):
    with pytest.raises(ValueError, match=message):
        ganzoo.data.load(write(text), **arguments)


def test_the_bounds_of_what_is_taken(write):
    assert len(ganzoo.data.load(write("ab" * 160), split="test")) == 1
    most = "".join(map(chr, range(300, 555)))
    assert ganzoo.data.load(write(most * 2), sequence_length=10).data_shape == (10, 255)


def test_a_missing_text_and_a_length_without_a_text(tmp_path):
    with pytest.raises(ValueError, match=r"none.txt does not exist: give the path of a text file"):
        ganzoo.data.load(tmp_path / "none.txt")
    with pytest.raises(ValueError, match="sequence_length=8 is for texts; digits is none"):
        ganzoo.data.load("digits", sequence_length=8)


def test_python_topics_is_clean_english():
    train, test = (ganzoo.data.load("python_topics", split=split) for split in ("train", "test"))
    assert train.data_shape == test.data_shape and train.symbols == test.symbols
    assert set(train.symbols) <= set(string.printable) - set("\t\n\r\v\f")
    characters = train.examples.size + test.examples.size
    assert 300_000 < characters < 2_000_000
    assert abs(test.examples.size / characters - 0.1) < 0.001
    text = "".join(spelled(train))
    assert "  " not in text
    counts = {word: text.count(f" {word} ") for word in ("the", "is", "statement")}
    assert counts["the"] > counts["is"] > counts["statement"] > 100
    # "assert" is the first page, and no page is there twice
    assert text.startswith('The "assert" statement')
    assert text.count("Assert statements are a convenient way to insert debugging") == 1
