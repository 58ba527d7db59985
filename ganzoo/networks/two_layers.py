"""Perceptrons between the data and two layers of Gaussian latents: h1 beside the data, h2 above.

`latent_dim` gives the dimensions of both: (d_1, d_2). Gaussians are given as mean and log variance.
"""

from ganzoo.networks.mlp import mlp_encoder, mlp_generator


def lower_encoder(data_shape, latent_dim, units=(200, 200), activation="tanh", name="encoder"):
    """Samples [N, *data_shape] to q(h1|x), [N, 2 d_1]."""
    lower, _ = _both(latent_dim)
    return mlp_encoder(data_shape, lower, units=units, activation=activation, name=name)


def upper_encoder(latent_dim, units=(100, 100), activation="tanh", name="upper_encoder"):
    """h1 [N, d_1] to q(h2|h1), [N, 2 d_2]."""
    lower, upper = _both(latent_dim)
    return mlp_encoder((lower,), upper, units=units, activation=activation, name=name)


def upper_decoder(latent_dim, units=(100, 100), activation="tanh", name="upper_decoder"):
    """h2 [N, d_2] to p(h1|h2), [N, 2 d_1]."""
    lower, upper = _both(latent_dim)
    return mlp_encoder((upper,), lower, units=units, activation=activation, name=name)


def lower_decoder(data_shape, latent_dim, units=(200, 200), activation="tanh", name="decoder"):
    """h1 [N, d_1] to logits [N, *data_shape]."""
    lower, _ = _both(latent_dim)
    return mlp_generator(data_shape, lower, units=units, activation=activation, name=name)


def _both(latent_dim):
    sizes = tuple(latent_dim) if isinstance(latent_dim, (tuple, list)) else ()
    if len(sizes) != 2 or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError(
            f"latent_dim={latent_dim!r}: give the dimensions of both layers, from the data up, "
            "such as (100, 50)"
        )
    return sizes
