"""Stops a diverged training before it overwrites anything worth keeping."""

import math
import sys

import keras
import numpy as np


class NanGuard(keras.callbacks.Callback):
    """Stops training when a logged value or a weight is no longer finite, and goes back.

    Every logged value is looked at whenever Keras hands the logs over (they are on the host by
    then, so nothing waits for this), and at the end of an epoch the validation losses and every
    weight too. The weights, optimizer slots and counters of the last complete epoch, kept in host
    memory, are then restored.

    `model.stop_reason` says what happened (None: nothing did). Put this callback before those that
    write files: the callbacks of this package leave a diverged epoch out.
    """

    def on_train_begin(self, logs=None):
        self.model.stop_reason = None
        self._good_state = _read(self.model)
        self._good_epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch
        if self._good_epoch is None:
            self._good_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self._check(logs, f"at step {batch + 1} of epoch {self._epoch + 1}")

    def on_epoch_end(self, epoch, logs=None):
        if self.model.stop_reason:
            return
        state = _read(self.model)
        # A sum is finite exactly when all terms are: float64 holds any sum of float32 weights.
        sums = {name: np.sum(value, dtype=np.float64) for name, value in state.items()}
        if self._check({**(logs or {}), **sums}, f"at the end of epoch {epoch + 1}"):
            self._good_state, self._good_epoch = state, epoch + 1

    def _check(self, values, where):
        """True when all is finite; otherwise goes back, asks `fit` to stop and returns False."""
        broken = {name: value for name, value in (values or {}).items() if not math.isfinite(value)}
        if not broken:
            return True
        for variable, value in zip(_variables(self.model), self._good_state.values(), strict=True):
            variable.assign(value)
        found = ", ".join(f"{name} is {value}" for name, value in broken.items())
        self.model.stop_reason = (
            f"Training stopped {where}: {found}. The model is back at the end of epoch "
            f"{self._good_epoch}. Try a smaller learning rate, or float32 precision."
        )
        self.model.stop_training = True
        print(f"\n{self.model.stop_reason}", file=sys.stderr)
        return False


def _variables(model):
    optimizers = [model.optimizer] if model.optimizer else []
    optimizers += [each for each in vars(model).values() if isinstance(each, keras.Optimizer)]
    variables = model.variables + [slot for each in optimizers for slot in each.variables]
    return list({id(variable): variable for variable in variables}.values())


def _read(model):
    return {
        f"{variable.path} ({index})": np.array(variable)
        for index, variable in enumerate(_variables(model))
    }
