import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from ganzoo.layers import BatchNormalization, Conv2D, Conv2DTranspose, SpectralNormalization
from ganzoo.networks import dcgan

CONVOLUTIONS = (Conv2D, Conv2DTranspose)


def shapes(network):
    """Shapes of the trainable weights, in order."""
    return [tuple(w.shape) for w in network.trainable_variables]


def weighted(network):
    """Layers with weights, in order."""
    return [layer for layer in network.layers if layer.weights]


def test_generator_of_64_pixels_has_the_stages_of_the_paper():
    f = 2  # the figure's 1024-512-256-128-3 is f = 128
    generator = dcgan.dcgan_generator((64, 64, 3), latent_dim=100, width=f)
    norm = lambda maps: [(maps,), (maps,)]  # noqa: E731
    assert shapes(generator) == [
        (100, 4 * 4 * 8 * f),
        *norm(8 * f),
        (5, 5, 4 * f, 8 * f),
        *norm(4 * f),
        (5, 5, 2 * f, 4 * f),
        *norm(2 * f),
        (5, 5, f, 2 * f),
        *norm(f),
        (5, 5, 3, f),
        (3,),
    ]
    assert generator.output.shape == (None, 64, 64, 3)


def test_encoder_has_the_convolutions_of_the_discriminator_all_normalized():
    encoder = dcgan.dcgan_encoder((28, 28, 1), latent_dim=6, width=3)
    norm = lambda maps: [(maps,), (maps,)]  # noqa: E731
    assert shapes(encoder) == [
        (5, 5, 1, 3),
        *norm(3),
        (5, 5, 3, 6),
        *norm(6),
        (7 * 7 * 6, 12),
        (12,),
    ]
    assert encoder.output.shape == (None, 12) and encoder.output.dtype == "float32"
    with pytest.raises(ValueError, match="divisible by 4"):
        dcgan.dcgan_encoder((30, 28, 1), latent_dim=6)


def test_discriminator_of_64_pixels_mirrors_it():
    f = 2
    critic = dcgan.dcgan_critic((64, 64, 3), width=f)
    assert shapes(critic) == [
        (5, 5, 3, f),
        (f,),
        (5, 5, f, 2 * f),
        (2 * f,),
        (2 * f,),
        (5, 5, 2 * f, 4 * f),
        (4 * f,),
        (4 * f,),
        (5, 5, 4 * f, 8 * f),
        (8 * f,),
        (8 * f,),
        (4 * 4 * 8 * f, 1),
        (1,),
    ]
    assert critic.output.shape == (None, 1)


def test_parameter_counts_at_28_pixels():
    generator = dcgan.dcgan_generator((28, 28, 1), latent_dim=100)
    critic = dcgan.dcgan_critic((28, 28, 1))
    normalization = 4  # gain, shift and two moving statistics a map
    assert generator.count_params() == (
        100 * 7 * 7 * 128
        + 128 * normalization
        + 5 * 5 * 64 * 128
        + 64 * normalization
        + 5 * 5 * 64 * 1
        + 1
    )
    assert critic.count_params() == (
        5 * 5 * 1 * 64 + 64 + 5 * 5 * 64 * 128 + 128 * normalization + 7 * 7 * 128 + 1
    )


def test_boundary_seeking_gan_for_binary_digits():
    # The networks of its released code: latents of 64, a hidden dense layer of 1024 in both.
    generator = dcgan.dcgan_generator(
        (28, 28, 1), latent_dim=64, dense_units=1024, output_activation=None
    )
    critic = dcgan.dcgan_critic((28, 28, 1), dense_units=1024, normalization=None)
    assert shapes(generator) == [
        (64, 1024),
        *[(1024,)] * 2,
        (1024, 7 * 7 * 128),
        *[(7 * 7 * 128,)] * 2,
        (5, 5, 64, 128),
        *[(64,)] * 2,
        (5, 5, 1, 64),
        (1,),
    ]
    assert shapes(critic) == [
        *[(5, 5, 1, 64), (64,)],
        *[(5, 5, 64, 128), (128,)],
        *[(7 * 7 * 128, 1024), (1024,)],
        *[(1024, 1), (1,)],
    ]
    # Gains and shifts count, moving statistics do not.
    assert sum(math.prod(shape) for shape in shapes(generator)) == 6_709_185
    assert sum(math.prod(shape) for shape in shapes(critic)) == 6_631_169


@pytest.mark.parametrize("normalization", ["batch", "layer", None])
def test_hidden_dense_layer_is_normalized_and_rectified(normalization):
    kind = {"batch": BatchNormalization, "layer": keras.layers.GroupNormalization}
    settings = {"width": 2, "dense_units": 5, "normalization": normalization}

    def units(network, layer_type):
        return [layer.output.shape[1:] for layer in network.layers if isinstance(layer, layer_type)]

    generator = dcgan.dcgan_generator((8, 8, 1), 3, **settings)
    assert units(generator, keras.layers.ReLU) == [(5,), (2 * 2 * 4,), (4, 4, 2)]
    critic = dcgan.dcgan_critic((8, 8, 1), **settings)
    assert units(critic, keras.layers.LeakyReLU) == [(4, 4, 2), (2, 2, 4), (5,)]
    if normalization:
        normalized = kind[normalization]
        assert units(generator, normalized) == [(5,), (2 * 2 * 4,), (4, 4, 2)]
        assert units(critic, normalized) == [(2, 2, 4), (5,)]
    for network in (generator, critic):
        for layer, following in itertools.pairwise(network.layers):
            if isinstance(layer, (keras.layers.Dense, *CONVOLUTIONS)):
                assert layer.use_bias != isinstance(following, tuple(kind.values()))


def test_label_enters_the_hidden_dense_layers():
    settings = {"width": 4, "dense_units": 5}
    plain = dcgan.dcgan_critic((8, 8, 1), **settings)
    conditional = dcgan.dcgan_critic((8, 8, 1), num_classes=3, **settings)
    extra = 5 * 5 * 3 * 4 + 5 * 5 * 3 * 8 + 3 * 5 + 3
    assert conditional.count_params() == plain.count_params() + extra
    plain = dcgan.dcgan_generator((8, 8, 1), 6, **settings)
    conditional = dcgan.dcgan_generator((8, 8, 1), 6, num_classes=3, **settings)
    extra = 3 * 5 + 3 * 2 * 2 * 8 + 5 * 5 * 4 * 3 + 5 * 5 * 1 * 3
    assert conditional.count_params() == plain.count_params() + extra


def test_label_maps_enter_every_convolution_and_the_last_layer():
    plain = dcgan.dcgan_critic((8, 8, 1), width=4)
    conditional = dcgan.dcgan_critic((8, 8, 1), num_classes=3, width=4)
    extra = 5 * 5 * 3 * 4 + 5 * 5 * 3 * 8 + 3
    assert conditional.count_params() == plain.count_params() + extra
    plain = dcgan.dcgan_generator((8, 8, 1), latent_dim=6, width=4)
    conditional = dcgan.dcgan_generator((8, 8, 1), latent_dim=6, num_classes=3, width=4)
    extra = 3 * 2 * 2 * 8 + 5 * 5 * 4 * 3 + 5 * 5 * 1 * 3
    assert conditional.count_params() == plain.count_params() + extra


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_placement_of_batch_normalization(shape):
    generator = dcgan.dcgan_generator(shape, latent_dim=3, width=2)
    critic = dcgan.dcgan_critic(shape, width=2)
    kinds = [type(layer) for layer in weighted(generator)]
    stages = dcgan.stages(shape)
    # Dense and every transposed convolution but the last are followed by a normalization.
    assert kinds == [
        keras.layers.Dense,
        BatchNormalization,
        *[Conv2DTranspose, BatchNormalization] * (stages - 1),
        Conv2DTranspose,
    ]
    kinds = [type(layer) for layer in weighted(critic)]
    assert kinds == [
        Conv2D,
        *[Conv2D, BatchNormalization] * (stages - 1),
        keras.layers.Dense,
    ]


def test_no_bias_before_a_normalization_and_no_pooling():
    for network in (
        dcgan.dcgan_generator((16, 16, 1), 3, width=2),
        dcgan.dcgan_critic((16, 16, 1), width=2),
    ):
        layers = weighted(network)
        for layer, following in itertools.pairwise(layers):
            if isinstance(following, BatchNormalization):
                assert not layer.use_bias
            elif not isinstance(layer, BatchNormalization):
                assert layer.use_bias
        for layer in network.layers:
            assert "Pooling" not in type(layer).__name__
            if isinstance(layer, CONVOLUTIONS):
                assert layer.kernel_size == (5, 5) and layer.strides == (2, 2)


def test_activations():
    generator = dcgan.dcgan_generator((16, 16, 1), 3, width=2)
    critic = dcgan.dcgan_critic((16, 16, 1), width=2)
    assert sum(isinstance(layer, keras.layers.ReLU) for layer in generator.layers) == 2
    leaky = [layer for layer in critic.layers if isinstance(layer, keras.layers.LeakyReLU)]
    assert [layer.negative_slope for layer in leaky] == [pytest.approx(0.2)] * 2


def test_initial_weights():
    keras.utils.set_random_seed(0)
    generator = dcgan.dcgan_generator((16, 16, 1), 100, width=64)
    for layer in weighted(generator):
        if isinstance(layer, BatchNormalization):
            # At least 64 gains: the standard error of their deviation is below 0.0018.
            assert np.mean(layer.gamma) == pytest.approx(1.0, abs=0.01)
            assert np.std(layer.gamma) == pytest.approx(0.02, abs=0.006)
            np.testing.assert_array_equal(layer.beta, 0)
        else:
            # At least 1,600 weights.
            assert np.std(layer.kernel) == pytest.approx(0.02, abs=0.0015)
            assert np.mean(layer.kernel) == pytest.approx(0.0, abs=0.002)


def test_output_range_is_that_of_tanh():
    generator = dcgan.dcgan_generator((8, 8, 3), 4, width=4)
    images = generator(1e4 * tf.random.stateless_normal([16, 4], [0, 1]))
    assert images.dtype == tf.float32
    assert tf.reduce_min(images) >= -1 and tf.reduce_max(images) <= 1
    # Not clipped to a part of it: the last kernel makes the images saturate.
    generator.set_weights([50 * w for w in generator.get_weights()])
    images = generator(tf.random.stateless_normal([16, 4], [0, 1]))
    assert tf.reduce_min(images) < -0.99 and tf.reduce_max(images) > 0.99


def test_logits_of_discrete_images_are_what_tanh_would_bound():
    images = dcgan.dcgan_generator((8, 8, 16), 4, width=4)
    logits = dcgan.dcgan_generator((8, 8, 16), 4, width=4, output_activation=None)
    logits.set_weights([50 * w for w in images.get_weights()])
    images.set_weights(logits.get_weights())
    latents = tf.random.stateless_normal([16, 4], [0, 1])
    assert tf.reduce_max(tf.abs(logits(latents))) > 2
    np.testing.assert_allclose(images(latents), tf.tanh(logits(latents)), rtol=1e-5, atol=1e-6)


def test_logits_are_float32_under_bfloat16():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        network = dcgan.dcgan_generator(
            (8, 8, 16), 4, width=4, dense_units=5, output_activation=None
        )
    finally:
        keras.config.set_dtype_policy("float32")
    assert network(tf.zeros([2, 4])).dtype == tf.float32
    assert network.layers[-2].compute_dtype == "bfloat16"


def test_initializer_is_that_of_every_kernel():
    keras.utils.set_random_seed(0)
    for network in (
        dcgan.dcgan_generator((8, 8, 1), 100, width=32, dense_units=64, initializer="he_normal"),
        dcgan.dcgan_critic((8, 8, 1), width=32, dense_units=64, initializer="he_normal"),
    ):
        kernels = [layer.kernel for layer in weighted(network) if hasattr(layer, "kernel")]
        assert len(kernels) == 4
        for kernel in kernels:
            # Keras counts the inputs of a transposed kernel by its third axis.
            spread = np.sqrt(2 / np.prod(kernel.shape[:-1]))
            assert np.std(kernel) == pytest.approx(spread, rel=4 / np.sqrt(2 * np.size(kernel)))


def test_a_channel_may_be_a_category():
    generator = dcgan.dcgan_generator((32, 32, 16), 3, width=2, output_activation=None)
    critic = dcgan.dcgan_critic((32, 32, 16), width=2)
    assert generator.output.shape == critic.input.shape == (None, 32, 32, 16)
    assert shapes(critic)[0] == (5, 5, 16, 2)


@pytest.mark.parametrize(
    ("shape", "count"),
    [((8, 8, 1), 2), ((28, 28, 1), 2), ((32, 32, 3), 3), ((64, 64, 3), 4), ((128, 64, 3), 4)],
)
def test_stages(shape, count):
    assert dcgan.stages(shape) == count


@pytest.mark.parametrize("shape", [(4, 4, 1), (30, 28, 1), (28, 28), (28,)])
def test_impossible_images_are_refused(shape):
    with pytest.raises(ValueError, match="data_shape="):
        dcgan.dcgan_generator(shape, 4)
    with pytest.raises(ValueError, match="data_shape="):
        dcgan.dcgan_critic(shape)


def test_other_normalizations():
    for build in (
        lambda n: dcgan.dcgan_critic((8, 8, 1), width=4, normalization=n),
        lambda n: dcgan.dcgan_generator((8, 8, 1), 4, width=4, normalization=n),
    ):
        plain = [type(layer) for layer in weighted(build(None))]
        assert BatchNormalization not in plain
        layered = [type(layer) for layer in weighted(build("layer"))]
        assert keras.layers.GroupNormalization in layered and BatchNormalization not in layered
        with pytest.raises(ValueError, match="normalization='instance'"):
            build("instance")


def test_layer_normalization_treats_every_example_by_itself():
    critic = dcgan.dcgan_critic((8, 8, 1), width=4, normalization="layer")
    images = tf.random.stateless_normal([4, 8, 8, 1], [0, 2])
    together = critic(images, training=True)
    alone = tf.concat([critic(images[i : i + 1], training=True) for i in range(4)], axis=0)
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_critic_with_spectral_normalization_of_every_layer():
    critic = dcgan.dcgan_critic((8, 8, 1), width=4, dense_units=5, normalization="spectral")
    layers = [layer for layer in critic.layers if hasattr(layer, "kernel")]
    assert all(isinstance(layer, SpectralNormalization) for layer in layers)
    assert [layer.kernel.shape[-1] for layer in layers] == [4, 8, 5, 1]
    assert all(layer.layer.use_bias for layer in layers)
    with pytest.raises(ValueError, match="or 'spectral' in a critic"):
        dcgan.dcgan_generator((8, 8, 1), 4, normalization="spectral")


def test_critic_with_features_in_place_of_a_score():
    critic = dcgan.dcgan_critic((8, 8, 1), width=4, output_units=7)
    assert critic.output_shape == (None, 7)


def test_autoencoder_is_a_critic_and_its_mirror_image():
    autoencoder = dcgan.dcgan_reconstructing_critic((28, 28, 1), width=8)
    assert shapes(autoencoder) == [
        *[(5, 5, 1, 8), (8,)],
        (5, 5, 8, 16),
        *[(16,)] * 2,
        (5, 5, 8, 16),
        *[(8,)] * 2,
        *[(5, 5, 1, 8), (1,)],
    ]
    reconstruction, code = autoencoder(tf.zeros([2, 28, 28, 1]))
    assert reconstruction.shape == (2, 28, 28, 1)
    assert code.shape == (2, 7 * 7 * 16)


def test_autoencoder_with_a_linear_code_sees_the_image_through_it_alone():
    autoencoder = dcgan.dcgan_reconstructing_critic(
        (8, 8, 1), width=4, initializer="he_normal", code_dim=3
    )
    assert shapes(autoencoder) == [
        *[(5, 5, 1, 4), (4,)],
        (5, 5, 4, 8),
        *[(8,)] * 2,
        *[(2 * 2 * 8, 3), (3,)],
        (3, 2 * 2 * 8),
        *[(8,)] * 2,
        (5, 5, 4, 8),
        *[(4,)] * 2,
        *[(5, 5, 1, 4), (1,)],
    ]
    reconstruction, code = autoencoder(tf.random.stateless_normal([4, 8, 8, 1], [0, 3]))
    assert reconstruction.shape == (4, 8, 8, 1)
    assert code.shape == (4, 3) and code.dtype == "float32"
    assert tf.reduce_min(code) < 0 < tf.reduce_max(code)
    decoder = keras.Model(autoencoder.outputs[1], autoencoder.outputs[0])
    np.testing.assert_array_equal(decoder(code), reconstruction)


def test_autoencoder_has_a_stage_more_for_larger_images():
    autoencoder = dcgan.dcgan_reconstructing_critic((32, 32, 3), width=4, normalization=None)
    kernels = [shape for shape in shapes(autoencoder) if len(shape) == 4]
    encoder = [(5, 5, 3, 4), (5, 5, 4, 8), (5, 5, 8, 16)]
    assert kernels == [*encoder, *reversed(encoder)]
    assert autoencoder.outputs[1].shape == (None, 4 * 4 * 16)
    assert not any(isinstance(layer, BatchNormalization) for layer in autoencoder.layers)


def test_reconstructions_are_unbounded_and_come_from_the_code():
    autoencoder = dcgan.dcgan_reconstructing_critic((8, 8, 1), width=4, initializer="he_normal")
    images = 100 * tf.random.stateless_normal([4, 8, 8, 1], [0, 3])
    reconstruction, code = autoencoder(images)
    assert tf.reduce_min(reconstruction) < -5 and tf.reduce_max(reconstruction) > 5
    assert tf.reduce_min(code) < 0 < tf.reduce_max(code)
    decoder = keras.Model(autoencoder.outputs[1], autoencoder.outputs[0])
    np.testing.assert_array_equal(decoder(code), reconstruction)
