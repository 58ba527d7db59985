"""Networks of deep latent Gaussian models: Rezende, Mohamed, Wierstra, ICML 2014, arXiv 1401.4082.

`latent_dim` gives the dimensions of the noise of each layer, from the data up: (d_1, ..., d_L).
"""

import itertools

import keras

from ganzoo.networks.mlp import hidden_layers, samples

COVARIANCES = ("diagonal", "rank_one")


def dlgm_decoder(
    data_shape,
    latent_dim,
    units=(200,),
    activation="relu",
    output_activation=None,
    name="decoder",
):
    """The noise of all layers [N, d_1 + ... + d_L] to samples [N, *data_shape].

    h_L = G_L xi_L, h_l = T_l(h_{l+1}) + G_l xi_l, outputs T_0(h_1): equations 1 to 4. h_l has d_l
    units; T_l are perceptrons with hidden `units`, G_l matrices.
    """
    ends = list(itertools.accumulate(_layers(latent_dim)))
    latent = keras.Input((ends[-1],), name="latent")
    noise = keras.ops.split(latent, ends[:-1], axis=-1) if len(ends) > 1 else [latent]
    hidden = None
    for xi in reversed(noise):
        own = keras.layers.Dense(xi.shape[-1], use_bias=False)(xi)
        if hidden is None:
            hidden = own
        else:
            hidden = hidden_layers(hidden, units, activation)
            hidden = keras.layers.Dense(xi.shape[-1])(hidden)
            hidden = keras.layers.Add()([hidden, own])
    hidden = hidden_layers(hidden, units, activation)
    return keras.Model(latent, samples(hidden, data_shape, output_activation), name=name)


def dlgm_encoder(
    data_shape,
    latent_dim,
    covariance="diagonal",
    units=(200,),
    activation="relu",
    name="encoder",
):
    """Samples [N, *data_shape] to the parameters of q(xi_l|x) for each layer l.

    A list of L outputs, each of a perceptron of its own: mean and log D [N, 2 d_l] if `covariance`
    is "diagonal", mean, log D and u [N, 3 d_l] if it is "rank_one". The precision is D or D + u u'.

    Raises:
      ValueError: another covariance, or a latent_dim that is no tuple of positive integers.
    """
    if covariance not in COVARIANCES:
        raise ValueError(f"covariance={covariance!r}: choose 'diagonal' or 'rank_one'")
    parameters = 2 if covariance == "diagonal" else 3
    sample = keras.Input(data_shape, name="sample")
    features = keras.layers.Flatten()(sample) if len(data_shape) > 1 else sample
    outputs = [
        keras.layers.Dense(parameters * size, dtype="float32")(
            hidden_layers(features, units, activation)
        )
        for size in _layers(latent_dim)
    ]
    return keras.Model(sample, outputs, name=name)


def _layers(latent_dim):
    is_sequence = isinstance(latent_dim, (tuple, list)) and latent_dim
    if not is_sequence or not all(isinstance(size, int) and size > 0 for size in latent_dim):
        raise ValueError(
            f"latent_dim={latent_dim!r}: give the dimensions of the noise of each layer, from the "
            "data up, such as (50, 50)"
        )
    return latent_dim
