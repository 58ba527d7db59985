"""The Parzen window estimate of Goodfellow et al. 2014, arXiv 1406.2661: for comparison only.

It ranks models wrongly: Theis, van den Oord and Bethge 2016, arXiv 1511.01844, section 3.2.
"""

import numpy as np
from scipy.special import logsumexp

# numpy.logspace(-1, 0, 10), the authors' choice for pixels in [0, 1]
SIGMAS = tuple(np.logspace(-1.0, 0.0, 10))


def parzen_log_density(x, samples, sigma, batch_size=100):
    """log of the mean over samples s of N(x; s, sigma^2 I), in nats: float64 [N].

    Args:
      x: [N, ...], flattened.
      samples: [n, ...] of the model, of the same shape of an example.
      sigma: standard deviation of the window, in units of the data.
      batch_size: examples at once.
    """
    x = np.asarray(x, np.float64).reshape(len(x), -1)
    samples = np.asarray(samples, np.float64).reshape(len(samples), -1)
    if x.shape[1] != samples.shape[1]:
        raise ValueError(f"x has {x.shape[1]} dimensions and the samples {samples.shape[1]}")
    if not sigma > 0:
        raise ValueError(f"sigma={sigma!r}: give a number above 0")
    # Squared distances from norms and one matrix product, centered to lose fewer digits.
    center = samples.mean(axis=0)
    x, samples = x - center, samples - center
    norms = (samples**2).sum(axis=1)
    values = []
    for start in range(0, len(x), batch_size):
        part = x[start : start + batch_size]
        squared = (part**2).sum(axis=1)[:, None] + norms - 2.0 * part @ samples.T
        values.append(logsumexp(-np.maximum(squared, 0.0) / (2.0 * sigma**2), axis=1))
    normalizer = np.log(len(samples)) + x.shape[1] * np.log(sigma * np.sqrt(2.0 * np.pi))
    return np.concatenate(values) - normalizer


def choose_sigma(validation, samples, sigmas=SIGMAS):
    """The sigma of `sigmas` under which validation examples [N, ...] are likeliest on average."""
    means = [parzen_log_density(validation, samples, sigma).mean() for sigma in sigmas]
    return float(sigmas[int(np.argmax(means))])
