import numpy as np

from ganzoo.callbacks import NanGuard


def test_stops_at_the_step_and_restores_the_last_complete_epoch(counter, fit, capsys):
    model = counter(break_at=8)
    history = fit(model, [NanGuard()], epochs=4)
    assert len(history.epoch) == 2
    assert int(model.iteration) == 5
    # Momentum makes the fifth and sixth step differ: slots are restored with the weights.
    expected = counter()
    fit(expected, [], epochs=1)
    np.testing.assert_array_equal(model.weight, expected.weight)
    fit(model, [], epochs=2, initial_epoch=1)
    fit(expected, [], epochs=2, initial_epoch=1)
    assert "second_loss is nan" in (message := capsys.readouterr().err)
    assert "step 3 of epoch 2" in message
    assert "end of epoch 1" in message


def test_optimizer_slots_are_restored(counter, fit):
    model, expected = counter(break_at=8), counter()
    fit(model, [NanGuard()], epochs=4)
    fit(expected, [], epochs=1)
    assert len(model.weight_optimizer.variables) >= 3
    for got, wanted in zip(model.weight_optimizer.variables, expected.weight_optimizer.variables):
        np.testing.assert_array_equal(got, wanted)


def test_first_epoch_goes_back_to_the_beginning(counter, fit):
    model = counter(break_at=2)
    fit(model, [NanGuard()], epochs=3)
    assert int(model.iteration) == 0
    np.testing.assert_array_equal(model.weight, np.zeros(2))


def test_a_weight_that_breaks_in_the_last_step_is_found(counter, fit, capsys):
    import keras

    class Break(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 4:
                self.model.weight.assign([1.0, np.inf])

    model = counter()
    fit(model, [Break(), NanGuard()], epochs=3)
    assert "weight" in capsys.readouterr().err
    np.testing.assert_array_equal(model.weight, np.zeros(2))


def test_finite_training_is_left_alone(counter, fit):
    model = counter()
    history = fit(model, [NanGuard()], epochs=3)
    assert len(history.epoch) == 3
    assert model.stop_reason is None
    assert int(model.iteration) == 15
