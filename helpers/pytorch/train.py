"""Training in PyTorch, through accelerate."""

import os
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from helpers.checks import check_run
from helpers.history import History, Stopwatch
from helpers.pytorch import checkpoint, data, device, losses, optimizers, weights
from helpers.pytorch.build import UNet
from helpers.pytorch.finite import Losses, check
from helpers.pytorch.predict import evaluate, predict, score
from helpers.pytorch.weights import load, save
from helpers.recipe import SOUND, Recipe
from helpers.samples import Samples

__all__ = ["evaluate", "fit", "load", "predict", "save"]


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
    checkpoint.pt, model.safetensors and history.json, each written whole after every
    epoch. resume: go on from the checkpoint there, to the weights that a run without
    a break would have had. verbose: print a line an epoch. on_epoch: called after
    every epoch with the network as it would be kept, and the history, on time of its
    own. Ctrl-C leaves the network usable, says how to go on, and is raised again.

    Raises ValueError for bad samples, or a checkpoint of another spec or recipe;
    FloatingPointError for a loss that is no number; OSError where `out` cannot be
    written. Checkpoints from before stay whole through all of them.
    """
    check_run(net.spec, train, validation, recipe, out, resume)
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        run = Run(net, train, validation, recipe, out, verbose)
        try:
            if resume:
                run.resume()
            while not run.done:
                run.epoch()
                run.validate()
                run.save()
                run.say()
                if on_epoch:
                    with run.watch.paused():
                        on_epoch(run.usable, run.history)
            net.load_state_dict(run.kept)
        except KeyboardInterrupt:
            run.interrupted()
            raise
        finally:
            run.close()
    return run.history


class Run:
    """One call of `fit`: what it needs, and where it stands."""

    def __init__(self, net, train, validation, recipe, out, verbose) -> None:
        self.net, self.recipe = net, recipe
        self.accelerator = device.accelerator(recipe.precision, recipe.compile)
        self.processes = self.accelerator.num_processes
        device.check_share(recipe.batch_size, self.processes)
        self.verbose = verbose and self.accelerator.is_main_process
        self.folder = checkpoint.Folder(out, self.accelerator.is_main_process)
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
        self.history, self.best = History("PyTorch"), None
        self.epochs = self.steps = 0
        self.losses = Losses(1, self.accelerator.device)
        self.unsaved = False
        self.watch = Stopwatch()

    @property
    def usable(self) -> UNet:
        """The network to validate: the averaged one where there is one."""
        return self.average.module if self.average else self.net

    @property
    def kept(self) -> dict[str, Tensor]:
        """The weights that count."""
        return self.best["weights"] if self.best else self.usable.state_dict()

    @property
    def progress(self) -> float:
        """How much of the run is over, from 0 to 1; the same in all processes."""
        if self.recipe.minutes is None:
            return self.steps / (self.recipe.epochs * len(self.batches))
        done = torch.tensor(self.watch.seconds / (60 * self.recipe.minutes))
        if self.processes > 1:
            done = device.from_first(done.to(self.accelerator.device), self.processes)
        return min(done.item(), 1.0)

    @property
    def done(self) -> bool:
        """Whether the run has reached its end."""
        return self.steps > 0 and self.progress >= 1

    def epoch(self) -> None:
        """One pass over the training samples, or until time is up."""
        # Dropout's numbers follow from seed, epoch and process, as the batches do.
        place = (self.recipe.seed, self.epochs, self.accelerator.process_index)
        torch.manual_seed(int(np.random.SeedSequence(place).generate_state(1)[0]))
        self.model.train()
        self.order.epoch = self.epochs
        self.order.size = self.recipe.size_at(self.progress)
        self.losses = Losses(self.epochs + 1, self.accelerator.device)
        for images, masks in self.batches:
            rate = self.recipe.learning_rate_at(self.progress)
            self.step(images, masks, rate)
            if self.recipe.minutes and self.done:
                break
        loss = self.losses.mean(self.accelerator)
        self.epochs += 1
        self.row = {"epoch": self.epochs, "loss": loss, "learning_rate": rate}

    def step(self, images: Tensor, masks: Tensor, rate: float) -> None:
        """One step down the gradient, at a learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.loss(self.model(images), masks)
        self.losses.add(loss, len(images))
        self.accelerator.backward(loss)
        if self.recipe.clip:
            self.accelerator.clip_grad_norm_(self.net.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        if self.average:
            self.average.update_parameters(self.net)
        self.steps += 1

    def validate(self) -> None:
        """Close the epoch's row with validation scores, and keep the best weights."""
        # Processes share gradients but not BatchNorm statistics: take the first's.
        # (The average's own counter lies in memory, which NCCL does not broadcast.)
        for net in (self.net, self.average.module) if self.average else (self.net,):
            for values in net.buffers():
                device.from_first(values, self.processes)
        if self.validation:
            scores = score(self.usable, self.validation, self.accelerator, self.loss)
            check(scores["loss"], f"validation after epoch {self.epochs}")
            for name in ("loss", "cross_entropy", "mean_iou"):
                self.row[f"val_{name}"] = scores[name]
            better = self.best is None or scores["loss"] < self.best["loss"]
            if self.recipe.keep == "best" and better:
                found = weights.clone(self.usable)
                self.best = {"loss": scores["loss"], "weights": found}
        self.history.add(seconds=self.watch.seconds, **self.row)
        self.unsaved = True

    def save(self) -> None:
        """Write everything that `resume` needs, and the weights that count."""
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
        self.folder.save(state, self.net, self.kept, self.history)
        self.unsaved = False

    def resume(self) -> None:
        """Take up the run where its checkpoint left it; with none, start afresh."""
        path = self.folder.checkpoint
        if not path.exists():
            self._print(f"no checkpoint at {path}: training starts afresh")
            return
        state = checkpoint.read(path, self.net.spec, self.recipe)
        self.net.load_state_dict(state["net"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.accelerator.scaler and state["scaler"]:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        if self.average:
            self.average.load_state_dict(state["average"])
        self.best, self.epochs = state["best"], state["epochs"]
        self.steps = state["steps"]
        self.history.rows = state["rows"]
        self.watch = Stopwatch(state["seconds"])
        self._print(f"resuming after epoch {self.epochs} of {path}")

    def say(self) -> None:
        """The epoch in one line, with the time left."""
        minutes, epochs = self.recipe.minutes, self.recipe.epochs
        *_, before, now = (0, 0, *self.history["seconds"])
        # The first epoch is slower than the rest, which the last one is like.
        left = (
            60 * minutes - now if minutes else (epochs - self.epochs) * (now - before)
        )
        self._print(self.history.line(None if minutes else epochs, max(left, 0)))

    def interrupted(self) -> None:
        """After Ctrl-C: leave files and network usable, and say how to go on."""
        epochs = len(self.history)  # One that is not validated does not count.
        if self.unsaved:
            self.save()
        elif not epochs and self.steps:
            self.folder.rescue(self.net, self.kept)
        self.net.load_state_dict(self.kept)
        way = self.folder.after_interrupt(epochs)
        self._print(f"stopped after {epochs} epoch(s): {way}")

    def close(self) -> None:
        """Take off the network what accelerate put on it."""
        for name in ("forward", "_original_forward", "_is_accelerate_prepared"):
            self.net.__dict__.pop(name, None)

    def _print(self, line: str) -> None:
        if self.verbose:
            print(line, flush=True)
