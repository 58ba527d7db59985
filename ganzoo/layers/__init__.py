"""Keras layers that Keras does not have."""

from ganzoo.layers.attention import AttentiveRead, AttentiveWrite
from ganzoo.layers.batch_normalization import BatchNormalization, held_statistics
from ganzoo.layers.belief_net import RecognitionNet, SigmoidBeliefNet
from ganzoo.layers.boltzmann import RestrictedBoltzmannMachine
from ganzoo.layers.concatenate_label import ConcatenateLabel
from ganzoo.layers.control_variate import ControlVariate
from ganzoo.layers.convolution import Conv1D, Conv2D, Conv2DTranspose
from ganzoo.layers.masked_autoencoder import MaskedAutoencoder
from ganzoo.layers.masked_dense import MaskedDense
from ganzoo.layers.neural_autoregressive import NeuralAutoregressive

__all__ = [
    "AttentiveRead",
    "AttentiveWrite",
    "BatchNormalization",
    "ConcatenateLabel",
    "ControlVariate",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "MaskedAutoencoder",
    "MaskedDense",
    "NeuralAutoregressive",
    "RecognitionNet",
    "RestrictedBoltzmannMachine",
    "SigmoidBeliefNet",
    "held_statistics",
]
