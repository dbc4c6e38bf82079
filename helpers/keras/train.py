"""Training with `compile` and `fit`, as a recipe says."""

import os
from pathlib import Path

import keras
from keras import optimizers

from helpers.checks import check_run
from helpers.history import History
from helpers.keras import device, losses, metrics, store
from helpers.keras.average import Average
from helpers.keras.base import note
from helpers.keras.build import UNet
from helpers.keras.callbacks import CHECKPOINT, Clock, Log, OnEpoch, check_same_run
from helpers.keras.data import loader
from helpers.keras.infer import evaluate, predict
from helpers.keras.sigmoid import WithSigmoid, with_sigmoid
from helpers.keras.store import load, save
from helpers.recipe import SOUND, Recipe
from helpers.samples import Samples

__all__ = ["compile", "evaluate", "fit", "load", "predict", "save", "with_sigmoid"]

FOREVER = 10**9
"""Epochs of a run that the clock ends."""


def fit(
    model: UNet | WithSigmoid,
    train: Samples,
    validation: Samples | None = None,
    recipe: Recipe = SOUND,
    *,
    out: str | os.PathLike | None = None,
    resume: bool = False,
    verbose: bool = True,
    on_epoch: OnEpoch | None = None,
) -> History:
    """Train a model as a recipe says; it ends with the weights that count.

    These are the averaged ones where the recipe averages, and those of the epoch
    with the least validation loss where it keeps the best. The precision is what the
    model was built with: build(spec, dtype=device.precision(recipe.precision)). out:
    a folder for checkpoint.keras, model.keras and history.json, written whole after
    every epoch. resume: go on from the checkpoint there, to the weights that a run
    without a break would have had. verbose: print a line an epoch. on_epoch: called
    after every epoch with the model as it would be kept, and the history, on time of
    its own. Ctrl-C leaves the model usable, says how to go on, and is raised again.

    Raises ValueError for bad samples, or a checkpoint of another spec or recipe;
    FloatingPointError for a loss that is no number; OSError where `out` cannot be
    written. Nothing that was written before is lost by any of them.
    """
    device.check_backend()
    check_run(model.spec, train, validation, recipe, out, resume)
    out = None if out is None else Path(out)
    note(model, recipe.image_range, train.masks.shape[1:], train.class_names)
    compile(model, recipe)
    average = Average(recipe.ema)
    state = _resume(model, recipe, average, out, verbose) if resume else None
    if state is None:
        average.start(model)
    batches, held_out = loader(train, recipe), None
    if validation is not None:
        held_out = loader(validation, recipe, training=False)
    clock = Clock(recipe, batches, state["rows"] if state else [])
    log = Log(clock, average, out, verbose, state, on_epoch)
    try:
        while not clock.over:
            batches.size = recipe.size_at(clock.progress(clock.done))
            model.fit(
                batches.endless(clock.done),
                steps_per_epoch=len(batches),
                validation_data=held_out,
                initial_epoch=clock.done,
                epochs=FOREVER if recipe.minutes else recipe.epochs,
                callbacks=[clock, average, log],
                shuffle=False,  # the batches have their own order
                verbose=0,
            )
        log.finish()
    except KeyboardInterrupt:
        log.interrupted()
        raise
    return log.history


def compile(model: UNet | WithSigmoid, recipe: Recipe) -> None:
    """Give `model` the recipe's optimizer and loss, and metrics, ready for `model.fit`.

    Metrics are mean_iou and accuracy, and cross_entropy where the loss is another.
    XLA compiles the steps on a GPU if recipe.compile. What goes on between batches
    (the schedule, the average) is not in it: `fit` adds that. Raises ValueError for
    another loss than cross-entropy after a sigmoid.
    """
    classes = model.spec.classes
    plain = recipe.loss == "cross_entropy" and not recipe.label_smoothing
    sigmoid = isinstance(model, WithSigmoid)
    if sigmoid and not plain:
        raise ValueError(
            f"loss {recipe.loss!r} with label_smoothing {recipe.label_smoothing} is on "
            "logits, and this model ends in a sigmoid; train model.net, or use "
            "recipe.replace(loss='cross_entropy', label_smoothing=0.0)"
        )
    loss = losses.make(recipe.loss, classes, recipe.dice_weight, recipe.label_smoothing)
    if sigmoid:
        loss = _article_loss(classes)
    threshold = 0.5 if sigmoid else 0.0
    scored = [metrics.MeanIoU(classes, threshold), metrics.Accuracy(threshold)]
    optimizer = make_optimizer(recipe)
    if any(layer.compute_dtype == "float16" for layer in model.layers):
        # Keras does so itself only where the global policy is mixed_float16.
        optimizer = optimizers.LossScaleOptimizer(optimizer)
    model.compile(
        optimizer=optimizer,
        loss=loss,
        metrics=scored if plain else [*scored, metrics.CrossEntropy()],
        jit_compile="auto" if recipe.compile else False,
        auto_scale_loss=False,
    )
    # Slots that the first step would make cost TensorFlow a second trace of it.
    model.optimizer.build(model.trainable_variables)


def make_optimizer(recipe: Recipe) -> keras.Optimizer:
    """The optimizer that a recipe names, the same as PyTorch's there.

    Weight decay is for the kernels alone; biases and BatchNorm stay free of it.
    """
    shared = {"learning_rate": recipe.learning_rate, "global_clipnorm": recipe.clip}
    if recipe.optimizer == "adamw":
        decay = recipe.weight_decay
        optimizer = optimizers.AdamW(weight_decay=decay, epsilon=1e-8, **shared)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer
    if recipe.optimizer == "adam":
        return optimizers.Adam(epsilon=1e-8, **shared)
    if recipe.optimizer == "rmsprop":
        return optimizers.RMSprop(**shared)
    return optimizers.SGD(momentum=recipe.momentum, **shared)


def _article_loss(classes: int) -> keras.losses.Loss:
    if classes == 1:
        return keras.losses.BinaryCrossentropy()
    return keras.losses.SparseCategoricalCrossentropy()


def _resume(model, recipe, average, out, verbose) -> dict | None:
    """Take up the run where its checkpoint left it; None is a fresh start."""
    path = out / CHECKPOINT
    if not path.exists():
        if verbose:
            print(f"no checkpoint at {path}: training starts afresh", flush=True)
        return None
    state = store.read_state(path)
    check_same_run(state, recipe, path)
    average.start(model, state["steps"], store.load_state(model, path, state))
    return state
