"""Training in PyTorch, through accelerate."""

import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from helpers.history import History, Stopwatch
from helpers.pytorch import checkpoint, data, device, losses, optimizers, weights
from helpers.pytorch.build import UNet
from helpers.pytorch.predict import evaluate, predict, score
from helpers.pytorch.weights import load, save
from helpers.recipe import SOUND, Recipe
from helpers.samples import Samples, check_samples

__all__ = ["evaluate", "fit", "load", "predict", "save"]

LOOK_EVERY = 20
"""Steps between two looks at the loss on a GPU, which would else wait for each."""


def fit(
    net: UNet,
    train: Samples,
    validation: Samples | None = None,
    recipe: Recipe = SOUND,
    *,
    out: str | os.PathLike | None = None,
    resume: bool = False,
    verbose: bool = True,
    on_epoch: Callable[[UNet, History], None] | None = None,
) -> History:
    """Train a network as a recipe says; it ends with the weights that count.

    These are the averaged ones where the recipe averages, and those of the epoch
    with the least validation loss where it keeps the best. out: a folder for
    checkpoint.pt, model.safetensors and history.json, written whole after every
    epoch. resume: go on from the checkpoint there, to the weights that a run without
    a break would have had. verbose: print a line an epoch. on_epoch: called after
    every epoch with the network as it would be kept, and the history. Ctrl-C leaves
    the network usable, says how to go on, and is raised again.

    Raises ValueError for bad samples, or a checkpoint of another spec or recipe;
    FloatingPointError for a loss that is no number; OSError where `out` cannot be
    written. Nothing that was written before is lost by any of them.
    """
    check_samples(train, net.spec)
    for _, side in recipe.sizes:
        net.spec.check_size(side, side)
    if validation is not None:
        check_samples(validation, net.spec)
    elif recipe.keep == "best":
        raise ValueError(
            "keep='best' chooses by the validation loss; pass validation samples, or "
            "use recipe.replace(keep='last')"
        )
    if resume and out is None:
        raise ValueError("resume=True needs the folder of the checkpoint; pass out=...")
    with torch.random.fork_rng():
        run = _Run(net, train, validation, recipe, out, verbose)
        try:
            if resume:
                run.resume()
            while not run.done:
                run.epoch()
                run.finish_epoch()
                if on_epoch:
                    on_epoch(run.usable, run.history)
            run.settle()
        except KeyboardInterrupt:
            run.interrupted()
            raise
        finally:
            run.close()
    return run.history


class _Run:
    """One call of `fit`: what it needs, and where it stands."""

    def __init__(self, net, train, validation, recipe, out, verbose) -> None:
        self.net, self.recipe = net, recipe
        self.accelerator = device.accelerator(recipe.precision, recipe.compile)
        self.main = self.accelerator.is_main_process
        self.verbose = verbose and self.main
        self.out = _folder(out)
        _check_processes(recipe.batch_size, self.accelerator.num_processes)
        weights.note(net, recipe.image_range, train.masks.shape[1:], train.class_names)
        net.to(self.accelerator.device, memory_format=torch.channels_last)
        self.average = optimizers.average(net, recipe.ema) if recipe.ema else None
        self.loss = losses.make(
            recipe.loss, net.spec.classes, recipe.dice_weight, recipe.label_smoothing
        )
        batches = data.loader(train, recipe)
        self.order = batches.sampler
        self.model, self.optimizer, self.batches = self.accelerator.prepare(
            net, optimizers.make(net, recipe), batches
        )
        self.validation = validation and self.accelerator.prepare(
            data.loader(validation, recipe, training=False)
        )
        self.history = History("PyTorch")
        self.best, self.epochs, self.steps = None, 0, 0
        self.unsaved = False
        self.watch = Stopwatch()

    @property
    def usable(self) -> UNet:
        """The network whose weights count, but for the best epoch's."""
        return self.average.module if self.average else self.net

    @property
    def progress(self) -> float:
        """How much of the run is over, from 0 to 1; the same in all processes."""
        if self.recipe.minutes is None:
            return self.steps / (self.recipe.epochs * len(self.batches))
        done = self.watch.seconds / (60 * self.recipe.minutes)
        if self.accelerator.num_processes > 1:
            done = torch.tensor([done], device=self.accelerator.device)
            torch.distributed.broadcast(done, 0)
            done = done.item()
        return min(done, 1.0)

    @property
    def done(self) -> bool:
        return self.steps > 0 and self.progress >= 1

    def epoch(self) -> None:
        """One pass over the training samples, or until time is up."""
        self._seed()
        self.model.train()
        self.order.epoch = self.epochs
        self.order.size = self.recipe.size_at(self.progress)
        total = torch.zeros(2, device=self.accelerator.device)
        waiting = []
        for number, (images, masks) in enumerate(self.batches, start=1):
            rate = self.recipe.learning_rate_at(self.progress)
            loss = self.step(images, masks, rate, waiting, number)
            total += torch.stack([loss * len(images), loss.new_tensor(len(images))])
            if self.recipe.minutes and self.done:
                break
        self._look(waiting, number)
        total = self.accelerator.reduce(total, "sum")
        self.epochs += 1
        self.row = {
            "epoch": self.epochs,
            "loss": (total[0] / total[1]).item(),
            "learning_rate": rate,
        }

    def step(self, images, masks, rate: float, waiting: list, number: int):
        """One step down the gradient; returns the loss, detached."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.loss(self.model(images), masks)
        waiting.append(loss.detach())
        if loss.device.type == "cpu" or len(waiting) == LOOK_EVERY:
            self._look(waiting, number)
        self.accelerator.backward(loss)
        if self.recipe.clip:
            self.accelerator.clip_grad_norm_(self.net.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.average:
            self.average.update_parameters(self.net)
        self.steps += 1
        return loss.detach()

    def finish_epoch(self) -> None:
        """Validate, keep what is to be kept, write it down and say so."""
        self._agree()
        if self.validation:
            scores = score(self.usable, self.validation, self.accelerator, self.loss)
            if not math.isfinite(scores["loss"]):
                raise _not_finite(scores["loss"], f"validation after {self.epochs}")
            for name in ("loss", "cross_entropy", "mean_iou"):
                self.row[f"val_{name}"] = scores[name]
            if self.recipe.keep == "best" and (
                self.best is None or scores["loss"] < self.best["loss"]
            ):
                kept = weights.clone(self.usable)
                self.best = {"loss": scores["loss"], "weights": kept}
        self.history.add(seconds=self.watch.seconds, **self.row)
        self.unsaved = True
        self.save()
        if self.verbose:
            minutes, epochs = self.recipe.minutes, self.recipe.epochs
            seconds = self.watch.seconds
            if minutes:
                left = max(60 * minutes - seconds, 0)
            else:
                left = seconds / self.epochs * (epochs - self.epochs)
            print(self.history.line(None if minutes else epochs, left), flush=True)

    def save(self) -> None:
        """Write the checkpoint, the model and the history."""
        if self.out and self.main:
            scaler = self.accelerator.scaler
            state = {
                "described": checkpoint.described(self.net.spec, self.recipe),
                "net": self.net.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "scaler": scaler.state_dict() if scaler else None,
                "average": self.average.state_dict() if self.average else None,
                "best": self.best,
                "epochs": self.epochs,
                "steps": self.steps,
                "seconds": self.watch.seconds,
                "rows": self.history.rows,
            }
            checkpoint.write(self.out / checkpoint.NAME, state)
            self._save_model()
            self.history.save(self.out / "history.json")
        self.unsaved = False

    def resume(self) -> None:
        """Take up the run where its checkpoint left it; none is a fresh start."""
        path = self.out / checkpoint.NAME
        if not path.exists():
            if self.verbose:
                print(f"no checkpoint at {path}: training starts afresh", flush=True)
            return
        state = checkpoint.read(path, self.net.spec, self.recipe)
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.accelerator.scaler and state["scaler"]:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.best, self.epochs = state["best"], state["epochs"]
        self.steps, self.history.rows = state["steps"], state["rows"]
        self.watch = Stopwatch(state["seconds"])

    def settle(self) -> None:
        """Give the network the weights that count."""
        self.net.load_state_dict(self._weights())

    def interrupted(self) -> None:
        """After Ctrl-C: leave files and network usable, and say how to go on."""
        if self.unsaved:
            self.save()
        elif self.out and self.main and not self.epochs:
            self._save_model()
        self.settle()
        if not self.verbose:
            return
        if self.out is None:
            way = "the network holds the weights so far; pass out=... to go on later"
        elif not self.epochs:
            way = f"the weights so far are in {self.out / 'model.safetensors'}"
        else:
            way = (
                f"{self.out / checkpoint.NAME} holds epoch {self.epochs}; go on with "
                f"resume=True and the same folder"
            )
        print(f"stopped after {self.epochs} epoch(s): {way}", flush=True)

    def close(self) -> None:
        """Take off the network what accelerate put on it."""
        for name in ("forward", "_original_forward", "_is_accelerate_prepared"):
            self.net.__dict__.pop(name, None)

    def _weights(self) -> dict[str, torch.Tensor]:
        return self.best["weights"] if self.best else self.usable.state_dict()

    def _save_model(self) -> None:
        weights.save(self.net, self.out / "model.safetensors", self._weights())

    def _seed(self) -> None:
        """Dropout's numbers follow from seed, epoch and process, as the batches do."""
        place = (self.recipe.seed, self.epochs, self.accelerator.process_index)
        torch.manual_seed(int(np.random.SeedSequence(place).generate_state(1)[0]))

    def _agree(self) -> None:
        """Processes share gradients but not BatchNorm statistics: take the first's."""
        if self.accelerator.num_processes > 1:
            for net in filter(None, (self.net, self.average)):
                for values in net.buffers():
                    torch.distributed.broadcast(values, 0)

    def _look(self, waiting: list, number: int) -> None:
        """Raise at the first loss since the last look that is no finite number."""
        if waiting and not torch.stack(waiting).isfinite().all():
            losses = [loss.item() for loss in waiting]
            bad = next(i for i, loss in enumerate(losses) if not math.isfinite(loss))
            step = number - len(losses) + 1 + bad
            raise _not_finite(losses[bad], f"step {step} of epoch {self.epochs + 1}")
        waiting.clear()


def _not_finite(loss: float, where: str) -> FloatingPointError:
    return FloatingPointError(
        f"the loss is {loss} at {where}; the learning rate may be too high, or float16 "
        "too narrow. Try a tenth of the learning_rate, or precision='float32'; files "
        "written before are as they were"
    )


def _folder(out: str | os.PathLike | None) -> Path | None:
    if out is None:
        return None
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot make the folder {out} ({error.strerror}); choose another",
        ) from error
    return Path(out)


def _check_processes(batch_size: int, processes: int) -> None:
    if batch_size % processes:
        raise ValueError(
            f"batch_size {batch_size} does not divide among {processes} processes; "
            f"the nearest that do are {max(batch_size // processes, 1) * processes} "
            f"and {(batch_size // processes + 1) * processes}"
        )
