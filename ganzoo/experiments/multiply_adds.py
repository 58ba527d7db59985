"""Multiplications with an addition that a network makes for one example, from its layers' shapes.

Dense layers and convolutions are counted; what is done once for each value of a layer
(normalization, nonlinearities, sampling) is left out. Products with the zeros that pad a
convolution are counted.
"""

import math

import keras


def of_layer(layer):
    """Of one layer: the size of its kernel, at every place where it is applied."""
    if isinstance(layer, (keras.layers.Dense, keras.layers.Conv1D, keras.layers.Conv2D)):
        places = layer.output.shape[1:-1]
    elif isinstance(layer, keras.layers.Conv2DTranspose):
        places = layer.input.shape[1:-1]
    else:
        return 0
    return math.prod(layer.kernel.shape) * math.prod(places)


def forward(network):
    """Of a forward pass of a `keras.Model` of one example."""
    return sum(map(of_layer, network.layers))


def forward_and_backward(network):
    """Of a forward pass and the gradient with respect to all weights.

    Every layer has two further products of the same size, for the gradients of its weights and of
    its inputs; the inputs of the first layer need none.
    """
    counts = [count for count in map(of_layer, network.layers) if count]
    return 3 * sum(counts) - counts[0]
