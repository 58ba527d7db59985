"""Cramer GAN: Bellemare et al. 2017, "The Cramer Distance as a Solution to Biased Wasserstein
Gradients", arXiv 1705.10743, Algorithm 1.

The energy distance 2 E||X - Y|| - E||X - X'|| - E||Y - Y'|| between features h of data and of
samples; in one dimension twice the squared Cramer distance. All arguments are features [N, k] of
independent draws, paired by their place; norms are Euclidean, not squared.
"""

import tensorflow as tf

# Inside the root, because the derivative of a norm at zero is not a number.
_NORM_EPSILON = 1e-12


def witness(features, fake_features):
    """f(u) = ||h(u) - h(g')|| - ||h(u)||, [N], of features h(u) and those of a sample g'.

    High where u looks real. The origin stands in for a second real example.
    """
    return _norm(features - fake_features) - _norm(features)


def critic_loss(real_features, fake_features, other_fake_features):
    """f(g) - f(x), [N]: the negative of the surrogate L_s; 0 on average where g is as x."""
    fake_witness = witness(fake_features, other_fake_features)
    return fake_witness - witness(real_features, other_fake_features)


def generator_loss(real_features, fake_features, other_fake_features):
    """||h(x) - h(g)|| + ||h(x) - h(g')|| - ||h(g) - h(g')||, [N].

    Its mean is the energy distance plus E||h(x) - h(x')||, which no generator changes.
    """
    return (
        _norm(real_features - fake_features)
        + _norm(real_features - other_fake_features)
        - _norm(fake_features - other_fake_features)
    )


def _norm(vectors):
    return tf.sqrt(tf.reduce_sum(tf.square(vectors), axis=-1) + _NORM_EPSILON)
