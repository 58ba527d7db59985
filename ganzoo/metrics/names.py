"""Names of scores: what was measured, in whose features, on how many samples."""


def count(number):
    """Writes a count shortly: 10000 is "10k", 1797 is "1797"."""
    return f"{number // 1000}k" if number >= 1000 and number % 1000 == 0 else str(number)


def score(measure, extractor, num_real=None, num_generated=None):
    """Returns e.g. "frechet_fashion_mnist_cnn_10k".

    Unequal counts are both stated, the real one first: "frechet_pixels_10k_5k".

    Raises:
        ValueError: when the name says FID, which is reserved for the frozen 2015 Inception graph.
    """
    if "fid" in measure.lower() and extractor != "inception_v3_2015":
        raise ValueError(
            f"{measure!r} on features of {extractor!r} is not FID, which means features of the "
            "frozen 2015 Inception graph. Call it 'frechet'."
        )
    counts = [count(number) for number in (num_real, num_generated) if number is not None]
    if len(counts) == 2 and counts[0] == counts[1]:
        counts = counts[:1]
    return "_".join([measure, extractor, *counts])
