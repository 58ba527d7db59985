"""What the second head of a discriminator is trained by.

AC-GAN: Odena, Olah, Shlens, ICML 2017, arXiv 1610.09585. InfoGAN: Chen et al., NIPS 2016, arXiv
1606.03657.
"""

import tensorflow as tf
from tensorflow_probability import distributions as tfd


def class_loss(class_logits, label):
    """-log P(C = y | x), one term of AC-GAN's L_C (equation 3) negated; ln K for K equal logits.

    `class_logits` [N, K], `label` integers [N].
    """
    return tf.nn.sparse_softmax_cross_entropy_with_logits(label, class_logits)


def category_loss(category_logits, category):
    """-log Q(c | x) of a categorical code c, one-hot [N, K], for logits [N, K].

    ln K minus its mean is InfoGAN's lower bound of the information I(c; G(z, c)) in nats (equation
    5): at most ln K, 0 where Q knows nothing.
    """
    return tf.nn.softmax_cross_entropy_with_logits(category, category_logits)


def uniform_code_loss(means, codes):
    """-log Q(c | x) of codes c [N, D], Q a Gaussian with `means` [N, D] and unit variance."""
    return -tf.reduce_sum(tfd.Normal(means, 1.0).log_prob(codes), axis=-1)
