"""WGAN: Arjovsky, Chintala, Bottou, ICML 2017, "Wasserstein GAN", arXiv 1701.07875."""

from ganzoo.losses.vectors import vector


def critic_loss(real_scores, fake_scores):
    """f(G(z)) - f(x); its negative mean bounds K times the Wasserstein-1 distance from below."""
    return vector(fake_scores) - vector(real_scores)


def generator_loss(fake_scores):
    """-f(G(z))."""
    return -vector(fake_scores)
