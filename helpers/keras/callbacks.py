"""What happens between the batches and epochs of `model.fit`."""

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import keras

from helpers.history import History, Stopwatch
from helpers.keras import store
from helpers.keras.average import Average
from helpers.keras.data import Loader
from helpers.recipe import Recipe

CHECKPOINT, MODEL = "checkpoint.keras", "model.keras"
"""What training writes: the state to go on from, and the weights that count."""


OnEpoch = Callable[[keras.Model, History], None]


class Clock(keras.callbacks.Callback):
    """Learning rate, size of the images and the end by the clock, as the recipe says.

    rows: the history of an earlier run. done: epochs so far.
    """

    def __init__(self, recipe: Recipe, train: Loader, rows: list[dict]) -> None:
        super().__init__()
        self.recipe, self.train, self.done = recipe, train, len(rows)
        self.watch = Stopwatch(rows[-1]["seconds"] if rows else 0.0)
        self.epoch, self.rate = 0, math.nan

    @property
    def over(self) -> bool:
        """Whether the run is at its end, after a whole epoch."""
        return self.done > 0 and self.progress(self.done) >= 1

    def progress(self, epoch: int, batch: int = 0) -> float:
        """How much of the run is over before that batch: 0..1."""
        if self.recipe.minutes is not None:
            return min(self.watch.seconds / (60 * self.recipe.minutes), 1.0)
        return (epoch + batch / len(self.train)) / self.recipe.epochs

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        rate = self.recipe.learning_rate_at(self.progress(self.epoch, batch))
        if rate != self.rate:
            self.model.optimizer.learning_rate = self.rate = rate

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if not math.isfinite(logs["loss"]):
            raise _not_finite(
                logs["loss"], f"step {batch + 1} of epoch {self.epoch + 1}"
            )
        if self.recipe.minutes is not None and self.progress(self.epoch) >= 1:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.done = epoch + 1
        if self.recipe.size_at(self.progress(epoch + 1)) != self.train.size:
            # One call of Keras's `fit` takes one size; ours then calls it again.
            self.model.stop_training = True


class Log(keras.callbacks.Callback):
    """A row of the history an epoch, a line of text, and the files in `out`.

    state: what `store.load_state` found of an earlier run, or None.
    """

    def __init__(
        self,
        clock: Clock,
        average: Average,
        out: Path | None,
        verbose: bool,
        state: dict | None,
        on_epoch: OnEpoch | None = None,
    ) -> None:
        super().__init__()
        self.on_epoch = on_epoch
        self.clock, self.average, self.out, self.verbose = clock, average, out, verbose
        self.history = History("Keras", state["rows"] if state else [])
        self.best = state["best"] if state else math.inf
        self.saved, self._best_weights = len(self.history), None

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not math.isfinite(logs.get("val_loss", 0.0)):
            raise _not_finite(logs["val_loss"], f"validation after epoch {epoch + 1}")
        keep_best = self.clock.recipe.keep == "best"
        if not keep_best or logs["val_loss"] < self.best:
            self.best = logs.get("val_loss", math.inf)
            self._keep(keep_best)
        self.history.add(**self._row(epoch, logs))
        if self.out is not None:
            state = {
                "rows": self.history.rows,
                "recipe": asdict(self.clock.recipe),
                "best": self.best,
                "steps": self.average.steps,
            }
            store.save_state(
                self.model, self.out / CHECKPOINT, state, self.average.values
            )
            self.history.save(self.out / "history.json")
            self.saved = epoch + 1
        if self.verbose:
            minutes, epochs = self.clock.recipe.minutes, self.clock.recipe.epochs
            line = self.history.line(None if minutes else epochs, self._left())
            print(line, flush=True)
        if self.on_epoch is not None:
            with self.average.applied(), self.clock.watch.paused():
                self.on_epoch(self.model, self.history)

    def finish(self) -> None:
        """Give the model the weights that count."""
        self.average.settle()
        if self.clock.recipe.keep != "best":
            return
        if self.out is not None and self.saved:
            store.load_weights(self.model, self.out / MODEL)
        elif self._best_weights is not None:
            self.model.set_weights(self._best_weights)

    def interrupted(self) -> None:
        """After Ctrl-C: leave files and model usable, and say how to go on."""
        self.average.settle()
        if self.out is not None and not self.saved:
            store.save(self.model, self.out / MODEL)
        self.finish()
        if self.out is None:
            way = "the model holds the weights so far; pass out=... to go on later"
        elif not self.saved:
            way = f"the weights so far are in {self.out / MODEL}"
        else:
            way = (
                f"{self.out / CHECKPOINT} holds epoch {self.saved}; go on with "
                "resume=True and the same folder"
            )
        if self.verbose:
            print(f"stopped after {len(self.history)} epoch(s): {way}", flush=True)

    def _keep(self, in_memory: bool) -> None:
        with self.average.applied():
            if self.out is not None:
                store.save(self.model, self.out / MODEL)
            elif in_memory:
                self._best_weights = self.model.get_weights()

    def _row(self, epoch: int, logs: dict) -> dict[str, float]:
        names = ("loss", "val_loss", "val_cross_entropy", "val_mean_iou")
        numbers = {name: logs[name] for name in names if name in logs}
        if "val_loss" in logs:
            # Without a metric of that name the loss is the cross-entropy.
            numbers.setdefault("val_cross_entropy", logs["val_loss"])
        seconds, rate = self.clock.watch.seconds, self.clock.rate
        return {
            "epoch": epoch + 1,
            "seconds": seconds,
            "learning_rate": rate,
            **numbers,
        }

    def _left(self) -> float:
        recipe, seconds = self.clock.recipe, self.history["seconds"]
        if recipe.minutes is not None:
            return max(60 * recipe.minutes - seconds[-1], 0.0)
        # The first epoch is slower than the rest, which the last one is like.
        return (recipe.epochs - len(seconds)) * (seconds[-1] - (0, *seconds)[-2])


def check_same_run(state: dict, recipe: Recipe, path: str | os.PathLike) -> None:
    """Raise ValueError, naming the fields, for a checkpoint of another recipe."""
    theirs, ours = state["recipe"], json.loads(json.dumps(asdict(recipe)))
    different = ", ".join(
        f"{name} is {theirs.get(name)!r} there and {ours.get(name)!r} here"
        for name in {**theirs, **ours}
        if theirs.get(name) != ours.get(name)
    )
    if different:
        raise ValueError(
            f"{path} is of a run with another recipe: {different}; resume with the "
            "same recipe, or choose another folder to start afresh"
        )


def _not_finite(loss: float, where: str) -> FloatingPointError:
    return FloatingPointError(
        f"the loss is {loss} at {where}; the learning rate may be too high, or float16 "
        "too narrow. Try a tenth of the learning_rate, or precision='float32'; files "
        "written before are as they were"
    )
