"""Keras layers that Keras does not have."""

from ganzoo.layers.attention import AttentiveRead, AttentiveWrite
from ganzoo.layers.batch_normalization import BatchNormalization, held_statistics
from ganzoo.layers.belief_net import RecognitionNet, SigmoidBeliefNet
from ganzoo.layers.boltzmann import RestrictedBoltzmannMachine
from ganzoo.layers.choose_member import ChooseMember, SplitChoice
from ganzoo.layers.concatenate_label import ConcatenateLabel
from ganzoo.layers.conditional_batch_normalization import ConditionalBatchNormalization
from ganzoo.layers.control_variate import ControlVariate
from ganzoo.layers.convolution import Conv1D, Conv2D, Conv2DTranspose
from ganzoo.layers.coupling import AdditiveCoupling, AffineCoupling
from ganzoo.layers.diff_augment import DiffAugment
from ganzoo.layers.flow import (
    Bijector,
    DiagonalScale,
    FactorOut,
    FlattenEvent,
    Flow,
    LogitSquash,
    Squeeze,
)
from ganzoo.layers.masked_autoencoder import MaskedAutoencoder
from ganzoo.layers.masked_autoregressive import MaskedAutoregressive
from ganzoo.layers.masked_dense import MaskedDense
from ganzoo.layers.minibatch_discrimination import MinibatchDiscrimination
from ganzoo.layers.neural_autoregressive import NeuralAutoregressive
from ganzoo.layers.noise_scale import NoiseScale
from ganzoo.layers.reconstruction_energy import ReconstructionEnergy
from ganzoo.layers.spectral_normalization import SpectralNormalization
from ganzoo.layers.step_noise import step_noise
from ganzoo.layers.virtual_batch_normalization import (
    DropReference,
    ReferenceBatch,
    VirtualBatchNormalization,
)

__all__ = [
    "AdditiveCoupling",
    "AffineCoupling",
    "AttentiveRead",
    "AttentiveWrite",
    "BatchNormalization",
    "Bijector",
    "ChooseMember",
    "ConcatenateLabel",
    "ConditionalBatchNormalization",
    "ControlVariate",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "DiagonalScale",
    "DiffAugment",
    "DropReference",
    "FactorOut",
    "FlattenEvent",
    "Flow",
    "LogitSquash",
    "MaskedAutoencoder",
    "MaskedAutoregressive",
    "MaskedDense",
    "MinibatchDiscrimination",
    "NeuralAutoregressive",
    "NoiseScale",
    "RecognitionNet",
    "ReconstructionEnergy",
    "ReferenceBatch",
    "RestrictedBoltzmannMachine",
    "SigmoidBeliefNet",
    "SpectralNormalization",
    "SplitChoice",
    "Squeeze",
    "VirtualBatchNormalization",
    "held_statistics",
    "step_noise",
]
