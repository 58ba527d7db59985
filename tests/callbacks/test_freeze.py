"""The rules of both freezing callbacks; that a frozen network stays is tests/models/test_frozen."""

import itertools

import keras
import numpy as np
import pytest

import ganzoo
from ganzoo.callbacks import FreezeOnSchedule, FreezeWhenAhead

POINTS = np.random.default_rng(0).normal(size=(80, 2)).astype("float32")
FAST = {"class_name": "Adam", "config": {"learning_rate": 0.05}}


class Watch(keras.callbacks.Callback):
    """Which networks stood still in every execution of train steps, and its discriminator loss."""

    def __init__(self):
        super().__init__()
        self.frozen, self.losses = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self._sum = 0.0

    def on_train_batch_end(self, batch, logs=None):
        self.frozen.append(self.model.frozen_networks())
        self.losses.append(logs["discriminator_loss"] * (batch + 1) - self._sum)
        self._sum += self.losses[-1]


def nsgan(**settings):
    units = {"generator": {"units": (4,)}, "discriminator": {"units": (4,)}}
    return ganzoo.create("nsgan", (2,), seed=0, latent_dim=2, **units, **settings)


def trained(callbacks, epochs=1, model=None, initial_epoch=0, **settings):
    """Eight iterations an epoch, and the watch, which looks before the rules do."""
    model, watch = model or nsgan(**settings), Watch()
    model.fit(
        POINTS,
        batch_size=10,
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=[watch, *callbacks],
        verbose=0,
    )
    return model, watch


def iterations(model):
    return [int(getattr(model, f"{name}_optimizer").iterations) for name in model.network_names]


def test_schedule_is_kept_to_across_epochs():
    rule = FreezeOnSchedule("discriminator", [(2, 5), (7, 10), (14, None)])
    model, watch = trained([rule], epochs=2)
    expected = [2, 3, 4, 7, 8, 9, 14, 15]
    assert [i for i, frozen in enumerate(watch.frozen) if frozen] == expected
    assert iterations(model) == [16 - len(expected), 16]


def test_schedule_in_a_resumed_training():
    rule = FreezeOnSchedule("generator", [(6, 11)])
    whole, _ = trained([rule], epochs=2)
    model, _ = trained([rule])
    model, watch = trained([FreezeOnSchedule("generator", [(6, 11)])], 2, model, initial_epoch=1)
    assert [bool(frozen) for frozen in watch.frozen] == [True] * 3 + [False] * 5
    for one, other in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_schedule_looks_before_every_execution():
    rule = FreezeOnSchedule("discriminator", [(3, 6)])
    model, _ = trained([rule], steps_per_execution=4)
    assert iterations(model) == [4, 8]  # frozen from 4 to 8: the execution that starts inside


def expected_gates(values, freeze_at, thaw_at):
    """State in every step of a rule that looks after it."""
    frozen, states = False, []
    for value in values:
        states.append(frozen)
        if frozen:
            back = value >= thaw_at if freeze_at < thaw_at else value <= thaw_at
            frozen = not back
        else:
            frozen = value <= freeze_at if freeze_at < thaw_at else value >= freeze_at
    return states


def drive(rule, values):
    """States of the gate under a rule that is told these values, one a step."""
    model = nsgan()
    rule.set_model(model)
    [mean] = [metric for metric in model.metrics if metric.name == rule.monitor]
    rule.on_epoch_begin(0)
    states = []
    for batch, value in enumerate(values):
        states.append(bool(model.frozen_networks()))
        mean.update_state(value)
        rule.on_train_batch_end(batch)
    return states


LOSSES = [1.0, 0.6, 0.4, 0.6, 0.8, 0.99, 1.0, 0.6, 0.5, 0.51, 1.2, 0.9]


@pytest.mark.parametrize("sign", [1, -1], ids=["loss", "accuracy"])
def test_hysteresis(sign):
    """Frozen at 0.5 and below, until 1 is reached again: not by what lies between."""
    freeze_at, thaw_at = 0.5 * sign, 1.0 * sign
    rule = FreezeWhenAhead("discriminator", "discriminator_loss", freeze_at, thaw_at)
    states = drive(rule, [sign * value for value in LOSSES])
    assert states == [*[False] * 3, *[True] * 4, *[False] * 2, *[True] * 2, False]
    assert states == expected_gates([sign * value for value in LOSSES], freeze_at, thaw_at)


def test_every_execution_is_judged_by_its_own_mean_and_a_new_epoch_starts_anew():
    rule = FreezeWhenAhead("discriminator", "discriminator_loss", 0.5, 1.0)
    model = nsgan()
    rule.set_model(model)
    [mean] = [metric for metric in model.metrics if metric.name == "discriminator_loss"]
    rule.on_epoch_begin(0)
    for value in (9.0, 9.0):
        mean.update_state(value)
    rule.on_train_batch_end(0)
    for value in (0.2, 0.6):  # 0.4 on average, 4.7 over the epoch
        mean.update_state(value)
    rule.on_train_batch_end(1)
    assert model.frozen_networks() == ["discriminator"]
    mean.reset_state()
    rule.on_epoch_begin(1)
    mean.update_state(1.1)
    rule.on_train_batch_end(0)
    assert model.frozen_networks() == []


def test_training_follows_the_rule():
    rule = FreezeWhenAhead("discriminator", "discriminator_loss", 1.0, 1.2)
    model, watch = trained([rule], epochs=6, discriminator_optimizer=FAST)
    frozen = [bool(names) for names in watch.frozen]
    changes = sum(one != other for one, other in itertools.pairwise(frozen))
    assert frozen == expected_gates(watch.losses, 1.0, 1.2)
    assert changes >= 2
    assert iterations(model) == [48 - sum(frozen), 48]


def test_a_resumed_training_goes_on_frozen(tmp_path):
    def rules():
        return [FreezeWhenAhead("discriminator", "discriminator_loss", 1.0, 1.2)]

    whole, watch = trained(rules(), epochs=6, discriminator_optimizer=FAST)
    frozen = [bool(names) for names in watch.frozen]
    cut = next(epoch for epoch in range(1, 6) if frozen[8 * epoch])  # an epoch that begins frozen
    model, _ = trained(rules(), epochs=cut, discriminator_optimizer=FAST)
    model.save(tmp_path / "model.keras")
    restored = keras.models.load_model(tmp_path / "model.keras")
    restored, _ = trained(rules(), 6, restored, initial_epoch=cut)
    for one, other in zip(whole.get_weights(), restored.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_network_is_frozen_while_all_others_are():
    model = nsgan()
    model.gate("generator").assign(1.0)
    rule = FreezeWhenAhead("discriminator", "discriminator_accuracy", 0.0, -1.0)  # always ahead
    trained([rule], model=model)
    assert model.frozen_networks() == ["generator"]
    model.gate("generator").assign(0.0)
    trained([rule], model=model)
    assert model.frozen_networks() == ["discriminator"]


@pytest.mark.parametrize("pair", [(3, 3), (-1, 2), (5, 2), (0.5, 2)])
def test_intervals_are_checked(pair):
    with pytest.raises(ValueError, match="give iterations"):
        FreezeOnSchedule("discriminator", [pair])


def test_thresholds_and_names_are_checked():
    with pytest.raises(ValueError, match="give two different numbers"):
        FreezeWhenAhead("discriminator", "discriminator_loss", 0.5, 0.5)
    with pytest.raises(ValueError, match="monitor='loss': nsgan logs discriminator_loss"):
        FreezeWhenAhead("discriminator", "loss", 0.5, 1.0).set_model(nsgan())
    with pytest.raises(ValueError, match="network='critic'"):
        FreezeOnSchedule("critic", [(0, 1)]).set_model(nsgan())
