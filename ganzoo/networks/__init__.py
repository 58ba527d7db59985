"""Architectures, sized by argument.

A part (generator, critic, encoder, autoencoder, energy) is played by DCGAN for images, a generator
and a critic by residual convolutions for one-hot sequences, and every part by a perceptron for
everything else; `architecture="mlp"` treats images and sequences as vectors. Estimators of discrete
models, belief nets, flows and recurrent models have parts of their own, of which the recipe names
one architecture.
"""

from ganzoo.networks.autoencoder import (
    dcgan_autoencoder,
    dcgan_energy,
    mlp_autoencoder,
    mlp_energy,
)
from ganzoo.networks.autoregressive import fvsbn, made, nade
from ganzoo.networks.belief_nets import belief_net, boltzmann_machine, recognition_net
from ganzoo.networks.classifiers import convolutional_classifier, pair_discriminator
from ganzoo.networks.dcgan import (
    dcgan_critic,
    dcgan_encoder,
    dcgan_generator,
    dcgan_reconstructing_critic,
)
from ganzoo.networks.dlgm import dlgm_decoder, dlgm_encoder
from ganzoo.networks.draw import draw_decoder, draw_encoder
from ganzoo.networks.ensembles import (
    dcgan_classifier_ensemble,
    dcgan_critic_ensemble,
    dcgan_generator_ensemble,
    mlp_classifier_ensemble,
    mlp_critic_ensemble,
    mlp_generator_ensemble,
)
from ganzoo.networks.flows import (
    maf_flow,
    nice_flow,
    real_nvp_flow,
    real_nvp_multiscale_flow,
)
from ganzoo.networks.helpers import data_baseline, latent_baseline, rebar_control, relax_control
from ganzoo.networks.mlp import (
    label_prior,
    mlp_classifier,
    mlp_critic,
    mlp_encoder,
    mlp_generator,
    mlp_reconstructing_critic,
)
from ganzoo.networks.noise_scale import noise_scale
from ganzoo.networks.packed import packed_dcgan_critic, packed_mlp_critic
from ganzoo.networks.projection import (
    dcgan_conditional_generator,
    dcgan_projection_critic,
    mlp_conditional_generator,
    mlp_projection_critic,
)
from ganzoo.networks.stacked import (
    feature_decoder,
    feature_encoder,
    latent_classifier,
    latent_decoder,
    latent_encoder,
)
from ganzoo.networks.text import text_critic, text_generator
from ganzoo.networks.two_headed import (
    dcgan_classifying_critic,
    dcgan_coding_critic,
    mlp_classifying_critic,
    mlp_coding_critic,
)
from ganzoo.networks.two_layers import (
    lower_decoder,
    lower_encoder,
    upper_decoder,
    upper_encoder,
)

__all__ = [
    "ARCHITECTURES",
    "belief_net",
    "boltzmann_machine",
    "convolutional_classifier",
    "data_baseline",
    "dcgan_autoencoder",
    "dcgan_classifier_ensemble",
    "dcgan_classifying_critic",
    "dcgan_coding_critic",
    "dcgan_conditional_generator",
    "dcgan_critic",
    "dcgan_critic_ensemble",
    "dcgan_encoder",
    "dcgan_energy",
    "dcgan_generator",
    "dcgan_generator_ensemble",
    "dcgan_projection_critic",
    "dcgan_reconstructing_critic",
    "default_architecture",
    "dlgm_decoder",
    "dlgm_encoder",
    "draw_decoder",
    "draw_encoder",
    "feature_decoder",
    "feature_encoder",
    "fvsbn",
    "label_prior",
    "latent_baseline",
    "latent_classifier",
    "latent_decoder",
    "latent_encoder",
    "lower_decoder",
    "lower_encoder",
    "made",
    "maf_flow",
    "mlp_autoencoder",
    "mlp_classifier",
    "mlp_classifier_ensemble",
    "mlp_classifying_critic",
    "mlp_coding_critic",
    "mlp_conditional_generator",
    "mlp_critic",
    "mlp_critic_ensemble",
    "mlp_encoder",
    "mlp_energy",
    "mlp_generator",
    "mlp_generator_ensemble",
    "mlp_projection_critic",
    "mlp_reconstructing_critic",
    "nade",
    "nice_flow",
    "noise_scale",
    "packed_dcgan_critic",
    "packed_mlp_critic",
    "pair_discriminator",
    "real_nvp_flow",
    "real_nvp_multiscale_flow",
    "rebar_control",
    "recognition_net",
    "relax_control",
    "text_critic",
    "text_generator",
    "upper_decoder",
    "upper_encoder",
]

# part that a network plays -> architecture -> function that builds it
ARCHITECTURES = {
    "generator": {"dcgan": dcgan_generator, "mlp": mlp_generator, "text": text_generator},
    "critic": {"dcgan": dcgan_critic, "mlp": mlp_critic, "text": text_critic},
    "classifying_critic": {"dcgan": dcgan_classifying_critic, "mlp": mlp_classifying_critic},
    "coding_critic": {"dcgan": dcgan_coding_critic, "mlp": mlp_coding_critic},
    "conditional_generator": {
        "dcgan": dcgan_conditional_generator,
        "mlp": mlp_conditional_generator,
    },
    "projection_critic": {"dcgan": dcgan_projection_critic, "mlp": mlp_projection_critic},
    "packed_critic": {"dcgan": packed_dcgan_critic, "mlp": packed_mlp_critic},
    "reconstructing_critic": {
        "dcgan": dcgan_reconstructing_critic,
        "mlp": mlp_reconstructing_critic,
    },
    "encoder": {"mlp": mlp_encoder, "convolutional": dcgan_encoder},
    "autoencoder": {"dcgan": dcgan_autoencoder, "mlp": mlp_autoencoder},
    "energy": {"dcgan": dcgan_energy, "mlp": mlp_energy},
    "classifier": {"mlp": mlp_classifier},
    "prior": {"mlp": label_prior},
    "noise_encoder": {"mlp": dlgm_encoder},
    "noise_decoder": {"mlp": dlgm_decoder},
    "feature_encoder": {"mlp": feature_encoder},
    "feature_decoder": {"mlp": feature_decoder},
    "latent_encoder": {"mlp": latent_encoder},
    "latent_classifier": {"mlp": latent_classifier},
    "latent_decoder": {"mlp": latent_decoder},
    "lower_encoder": {"mlp": lower_encoder},
    "upper_encoder": {"mlp": upper_encoder},
    "upper_decoder": {"mlp": upper_decoder},
    "lower_decoder": {"mlp": lower_decoder},
    "recurrent_encoder": {"draw": draw_encoder},
    "recurrent_decoder": {"draw": draw_decoder},
    "flow": {
        "nice": nice_flow,
        "real_nvp": real_nvp_flow,
        "real_nvp_multiscale": real_nvp_multiscale_flow,
        "maf": maf_flow,
    },
    "conditionals": {"fvsbn": fvsbn, "made": made, "nade": nade},
    "belief_net": {"mlp": belief_net},
    "recognition_net": {"mlp": recognition_net},
    "generator_ensemble": {"dcgan": dcgan_generator_ensemble, "mlp": mlp_generator_ensemble},
    "critic_ensemble": {"dcgan": dcgan_critic_ensemble, "mlp": mlp_critic_ensemble},
    "classifier_ensemble": {"dcgan": dcgan_classifier_ensemble, "mlp": mlp_classifier_ensemble},
    "noise_scale": {"mlp": noise_scale},
    "boltzmann_machine": {"mlp": boltzmann_machine},
    "baseline": {"mlp": latent_baseline, "data": data_baseline},
    "control_variate": {"rebar": rebar_control, "relax": relax_control},
}


def default_architecture(part, data_shape):
    """Name of the architecture that plays `part` for data of this shape."""
    architecture = {3: "dcgan", 2: "text"}.get(len(data_shape))
    return architecture if architecture in ARCHITECTURES[part] else "mlp"
