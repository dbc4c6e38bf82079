"""How a network is trained, described without a framework."""

import dataclasses
import math
from dataclasses import dataclass

from helpers.augment import Augment
from helpers.fields import (
    check_above_zero,
    check_choices,
    check_shares,
    check_whole,
)

CHOICES = {
    "optimizer": ("adamw", "adam", "rmsprop", "sgd"),
    "loss": ("cross_entropy", "dice", "cross_entropy+dice"),
    "schedule": (None, "one_cycle"),
    "precision": ("auto", "float32", "bfloat16", "float16"),
    "keep": ("last", "best"),
}


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run but the network and the data.

    epochs: passes over the data; minutes: stop by the clock instead, the schedule
    stretched to fit. learning_rate: the highest. schedule: "one_cycle" rises for
    `warm_up` of the run and falls to nothing (Smith 2018, arXiv 1803.09820).
    weight_decay: decoupled (Loshchilov and Hutter 2019), for adamw alone. momentum:
    for sgd alone. dice_weight: the share of Dice where cross-entropy has the rest.
    clip: the largest norm of all gradients together, None for any. sizes: ((share,
    side), ...): until that share of the run is done, larger images are shrunk to that
    side in pixels, then they keep their own. ema: decay of the running average of the
    weights that is kept in the end, 0 for none. image_range: 1.0 for inputs in 0..1,
    255.0 for 0..255. keep: whether the "last" weights count or those with the "best"
    validation loss. compile: `torch.compile` in PyTorch, XLA in Keras on a GPU.
    Raises ValueError where a field is out of range, naming what is allowed.
    """

    epochs: int = 10
    minutes: float | None = None
    batch_size: int = 8
    optimizer: str = "adamw"
    learning_rate: float = 3e-3
    schedule: str | None = "one_cycle"
    warm_up: float = 0.15
    weight_decay: float = 0.05
    momentum: float = 0.9
    clip: float | None = None
    sizes: tuple[tuple[float, int], ...] = ()
    loss: str = "cross_entropy+dice"
    dice_weight: float = 0.5
    label_smoothing: float = 0.0
    augment: Augment | None = None
    ema: float = 0.0
    image_range: float = 1.0
    precision: str = "auto"
    keep: str = "last"
    seed: int = 0
    compile: bool = False

    def __post_init__(self) -> None:
        check_choices(self, CHOICES)
        check_whole("epochs", self.epochs)
        check_whole("batch_size", self.batch_size)
        check_whole("seed", self.seed, least=0)
        shares = ("ema", "warm_up", "label_smoothing", "momentum", "dice_weight")
        check_shares(self, shares)
        for name in ("learning_rate", "image_range", "minutes", "clip"):
            check_above_zero(name, getattr(self, name))
        shares = [share for share, _ in self.sizes]
        if shares != sorted(shares) or not all(0 < share <= 1 for share in shares):
            raise ValueError(
                f"sizes {self.sizes!r}: expected ((share, side), ...) with shares "
                "that rise from above 0 to at most 1, such as ((0.6, 96),)"
            )

    def replace(self, **changes) -> "Recipe":
        """The same recipe with some fields changed."""
        return dataclasses.replace(self, **changes)

    def learning_rate_at(self, progress: float) -> float:
        """The learning rate after `progress` (0 to 1) of the run."""
        if self.schedule is None:
            return self.learning_rate
        progress = min(max(progress, 0.0), 1.0)
        if progress < self.warm_up:
            share = 0.04 + 0.96 * progress / self.warm_up
        else:
            done = (progress - self.warm_up) / (1 - self.warm_up)
            share = (1 + math.cos(math.pi * done)) / 2
        return self.learning_rate * share

    def size_at(self, progress: float) -> int | None:
        """The side to shrink images to after `progress` (0 to 1), None for none."""
        return next((side for share, side in self.sizes if progress < share), None)


ARTICLE = Recipe(
    epochs=15,
    optimizer="rmsprop",
    learning_rate=1e-3,
    schedule=None,
    loss="cross_entropy",
    image_range=255.0,
    precision="float32",
    keep="best",
)
"""The Keras article's: rmsprop, batches of 8, inputs in 0..255, the best epoch kept.

Its sigmoid is not part of it: `helpers.keras.train.with_sigmoid` adds that.
"""

SOURCE = Recipe(
    batch_size=32,
    optimizer="adam",
    learning_rate=1e-3,
    schedule=None,
    loss="cross_entropy",
    precision="auto",
)
"""That of the author of "Understanding U-Net": Adam 1e-3, batches of 32, 10 epochs."""

SOUND = Recipe(
    epochs=60,
    warm_up=0.2,
    dice_weight=1 / 3,
    clip=1.0,
    sizes=((0.5, 96), (0.7, 128)),
    augment=Augment(rotate=8, scale=(0.85, 1.2), shift=0.04, color=0.15),
    ema=0.99,
)
"""This book's own, for minutes: AdamW, one cycle, cross-entropy and Dice, augmented.

It starts with smaller images, which cost less, and ends with whole ones (Howard, in
Coleman et al. 2018, DAWNBench). A short run sees each image a few dozen times, so the
augmentation is mild: at equal cost, a stronger one scored lower.
"""

PATIENT = SOUND.replace(
    epochs=240,
    dice_weight=0.2,
    sizes=((0.4, 96), (0.6, 128)),
    augment=Augment(rotate=15, scale=(0.7, 1.4), shift=0.08, color=0.3),
    ema=0.998,
)
"""The same for half an hour and more: stronger augmentation, a longer average."""
