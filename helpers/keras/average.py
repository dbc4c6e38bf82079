"""The running average of a model's weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf


class Average(keras.callbacks.Callback):
    """Averages weights and BatchNorm statistics after every batch, and validates them.

    After step n the old average keeps the share min(decay, (1 + n) / (10 + n)), so
    that a short run is not an average of its beginnings. Keras's own (`use_ema`)
    has no such start and leaves out the statistics, which then belong to other
    weights. decay: 0 for no average: then the weights stay as they are. steps and
    values: those of an earlier run.
    """

    def __init__(self, decay: float) -> None:
        super().__init__()
        self.decay, self.steps, self.inside = decay, 0, False
        self._pairs: list = []

    @property
    def values(self) -> list[np.ndarray]:
        """The averages, in the order of the model's weights; none without averaging."""
        return [average.numpy() for _, average in self._pairs]

    def start(
        self, model: keras.Model, steps: int = 0, values: list[np.ndarray] | None = None
    ) -> None:
        """Average from here on, or from where an earlier run was."""
        if not self.decay:
            return
        # Dropout's seeds are weights too, and whole numbers.
        weights = [w.value for w in model.weights if "float" in w.dtype]
        self.steps, values = steps, values or weights
        self._pairs = [
            (weight, tf.Variable(value, trainable=False, dtype=weight.dtype))
            for weight, value in zip(weights, values)
        ]
        self._update = tf.function(self._step)

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if self._pairs:
            keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
            self._update(tf.constant(keep if self.steps else 0.0))
            self.steps += 1

    def on_test_begin(self, logs: dict | None = None) -> None:
        self._swap(True)

    def on_test_end(self, logs: dict | None = None) -> None:
        self._swap(False)

    def settle(self) -> None:
        """Give the model the averages for good."""
        if not self.inside:
            for weight, average in self._pairs:
                weight.assign(average)
        self._pairs = []

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model with the averages in it, for as long as this lasts."""
        self._swap(True)
        try:
            yield
        finally:
            self._swap(False)

    def _step(self, keep) -> None:
        for weight, average in self._pairs:
            share = tf.cast(keep, weight.dtype)
            average.assign(weight + share * (average - weight))

    def _swap(self, inside: bool) -> None:
        if self.inside == inside:
            return
        for weight, average in self._pairs:
            before = tf.identity(weight)
            weight.assign(average)
            average.assign(before)
        self.inside = inside
