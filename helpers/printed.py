"""Claims settled by what is printed: formulas, dates, code, a log, an experiment."""

from __future__ import annotations

import re
import statistics
from importlib import metadata

import numpy as np

from helpers import record, scores, sizes
from helpers.counted import BHARATH, TRAN, Counts, entry
from helpers.spec import PETS

RONNEBERGER = "Ronneberger et al. 2015"
ARXIV = "1505.04597"  # year, month, number
PAPER_TITLE = "U-Net: Convolutional Networks for Biomedical Image Segmentation"
PAPER_DATA = {
    "neurons": "electron microscopy",
    "PhC-U373": "phase contrast microscopy",
    "DIC-HeLa": "differential interference contrast microscopy",
}

# A decoder block as a comment in "Understanding U-Net" has it, and as the code runs it.
DECODER_SAYS = "interpolate -> 3x3 conv -> concat (if allowed) -> 3x3 Conv -> relu"
DECODER_RUNS = ("interpolate", "conv1", "relu1", "cat", "conv2", "relu2")

# The Keras article's log, as printed: an epoch's validation loss, and its seconds.
VAL_LOSS = (
    *(0.7945, 0.5646, 0.3900, 0.3574, 0.3607, 0.3916),
    *(0.3226, 0.3046, 0.2996, 0.3020, 0.2801),
)
EPOCH_SECONDS = (874, 771, 776, 776, 788, 778, 780, 796, 802, 807, 797)
PHOTOGRAPHS, HELD_OUT, BATCH = 7390, 1000, 8


def overlap() -> Counts:
    """Dice, by its definition, for a disc and the same disc moved."""
    disc = np.hypot(*(np.indices((64, 64)) - 31.5)) < 18
    dice, counted, lost = [], [], []
    for step in range(1, 20):
        moved = np.roll(disc, step, axis=1)
        both, total = (disc & moved).sum(), disc.sum() + moved.sum()
        matrix = scores.confusion(disc.astype(np.uint8), moved.astype(np.uint8), 1)
        dice.append(scores.dice(matrix)[1])
        counted.append(2 * both / total)
        lost.append((disc ^ moved).sum() / total)
    off = float(np.abs(np.subtract(dice, counted)).max())
    falls = bool((np.diff(dice) < 0).all() and (np.diff(lost) > 0).all())
    together = float(np.corrcoef(dice, lost)[0, 1])
    return {
        "dice_overlap": entry(
            off, "what is shared, twice, over all: off our Dice by", TRAN, off < 1e-12
        ),
        "dice_falls": entry(together, "coefficient and loss: correlation", TRAN, falls),
    }


def years() -> Counts:
    """Who came first, by the number in the arXiv, and what the paper prints."""
    year = 2000 + int(ARXIV[:2])
    seen = sum("microscopy" in how for how in PAPER_DATA.values())
    biomedical = seen == len(PAPER_DATA) and "Biomedical" in PAPER_TITLE
    by_microscope = f"data sets from a microscope, of {len(PAPER_DATA)} in the paper"
    printed = np.log(0.9) - np.log(0.1)
    energy = "the printed energy is lower for a sure answer: right less wrong"
    return {
        "published": entry(year, "year of its arXiv number", BHARATH, year == 2015),
        "biomedical": entry(
            seen, f"{by_microscope}, “{PAPER_TITLE}”", TRAN, biomedical
        ),
        "energy_sign": entry(
            printed, energy, RONNEBERGER, bool(printed < 0), unit="nats"
        ),
    }


def packages() -> Counts:
    """What needs what today; nothing, and so an open claim, where one is missing."""
    try:
        # The whole needs an integral part, and the part needs the whole.
        needs = [_requires("tensorflow", "keras"), _requires("keras", "tensorflow")]
    except metadata.PackageNotFoundError:  # tensorflow-cpu and nightlies are others
        return {}
    said = "how many of TensorFlow and Keras need the other; one is taken to be enough"
    return {
        "keras_needs_tensorflow": entry(
            sum(needs), said, BHARATH, any(needs), when=not all(needs)
        )
    }


def log() -> Counts:
    """What the Keras article's code and its printed log say of each other."""
    files = range(PHOTOGRAPHS)
    train, held_out = files[:-HELD_OUT], files[-HELD_OUT:]
    in_both = len({*train} & {*held_out})
    steps, side = len(train) // BATCH, 160  # img_size in its code
    seconds = [epoch / steps for epoch in EPOCH_SECONDS]
    best = VAL_LOSS.index(min(VAL_LOSS)) + 1
    predicted = len(held_out) // BATCH * BATCH
    left_in = "files in both parts (the second then chooses the epoch)"
    last = "(if the lowest loss so far is enough) the epoch that had it, of "
    last += f"{len(VAL_LOSS)}"
    mean, sd = statistics.mean(seconds), statistics.stdev(seconds)
    return {
        "steps": entry(steps, "full batches of an epoch", BHARATH, steps == 798),
        "step_seconds": entry(
            mean, "by its own log", BHARATH, 0.9 < mean < 1.1, unit="s", spread=sd
        ),
        "log_best_epoch": entry(best, last, BHARATH, best == 11, when=True),
        "predicted": entry(
            predicted, "images in full batches", BHARATH, predicted == HELD_OUT
        ),
        "split": entry(in_both, left_in, BHARATH, not in_both, when=True),
        "input_side": entry(
            side, "the side in its code", BHARATH, side == 150, unit="px"
        ),
    }


def comments() -> Counts:
    """What comments and texts of the articles say of the code that they stand by."""
    said = DECODER_SAYS.count("relu")
    runs = sum("relu" in step for step in DECODER_RUNS)
    relus = f"ReLUs that a decoder block runs; its comment has {said}"
    takes = {name: inputs for name, _, inputs, *_ in PETS.layers()}
    first, second = (takes[f"encoder.0.conv{n}"] for n in (1, 2))
    inputs = f"channels that the second convolution takes; the block takes {first}"
    traced = sizes.trace(PETS, 160)
    given = [*traced.decoder[1:], traced.bottom]
    grows = {up / side for up, side in zip(traced.up, given)}
    sides = "side of the upsampled maps over that of the input; to join, it must be 1"
    return {
        "decoder_relus": entry(runs, relus, TRAN, runs == said),
        "second_input": entry(second, inputs, BHARATH, second == first),
        "joined_sides": entry(min(grows), sides, BHARATH, grows == {1}),
    }


def beyond() -> Counts:
    """Pictures that are not biomedical, from recorded experiments."""
    runs = record.experiment("ellipses_skips")["values"]["runs"]["with skips"]
    reached = [run["iou"] for run in runs]
    mean, sd = statistics.mean(reached), statistics.stdev(reached)
    said = f"IoU on drawn ellipses, {len(runs)} seeds"
    pets = record.experiment("time_to_quality")["values"]
    found, floor = pets["patient"]["mean_iou"], pets["constant"]["mean_iou"]
    photographs = f"mean IoU on {pets['test']} photographs of pets, one run "
    photographs += f"(a constant answer has {floor:.2f})"
    return {
        "not_biomedical": entry(mean, said, BHARATH, min(reached) > 0.8, spread=sd),
        "photographs": entry(found, photographs, BHARATH, found > 2 * floor),
    }


def _requires(package: str, other: str) -> bool:
    """Whether an installed package asks for another one.

    Raises PackageNotFoundError where it is not installed under that name.
    """
    asked = metadata.requires(package) or []
    return other in {re.split(r"[^\w-]", each)[0] for each in asked}


GROUPS = (overlap, years, packages, log, comments, beyond)
