"""What a training run did, epoch by epoch."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass
class History:
    """One row an epoch, each a dict of numbers, and what the run was.

    Rows hold epoch, seconds (since the start of training), loss and learning_rate,
    and val_loss, val_cross_entropy, val_mean_iou where there was validation.
    """

    framework: str = ""
    rows: list[dict[str, float]] = field(default_factory=list)

    def __getitem__(self, name: str) -> list[float]:
        """One column: `history["loss"]` is the loss of every epoch."""
        return [row[name] for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, **row: float) -> None:
        """Append one epoch's numbers."""
        self.rows.append({name: float(value) for name, value in row.items()})

    def line(self, epochs: int | None, left: float) -> str:
        """The last epoch in one line; `left` is the time left in seconds."""
        row = self.rows[-1]
        of = f"/{epochs}" if epochs else ""
        scores = "  ".join(
            f"{name.replace('_', ' ')} {row[name]:.3f}"
            for name in ("loss", "val_loss", "val_mean_iou")
            if name in row
        )
        epoch = f"epoch {int(row['epoch']):>3}{of}"
        return f"{epoch}  {scores}  {clock(row['seconds'])}, {clock(left)} left"

    def plot(self) -> "Figure":
        """Loss and mean IoU over the epochs."""
        from helpers import figures

        return figures.training_curves({self.framework or "training": self})

    def save(self, path: str | os.PathLike) -> None:
        """Write JSON, whole or not at all."""
        write_atomically(Path(path), json.dumps(asdict(self), indent=1).encode())

    @classmethod
    def load(cls, path: str | os.PathLike) -> "History":
        """The history that `save` wrote."""
        return cls(**json.loads(Path(path).read_text()))


class Stopwatch:
    """Seconds since the start, over interruptions: start it with those before."""

    def __init__(self, before: float = 0.0) -> None:
        self._start = time.perf_counter() - before

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done inside takes no time."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._start += time.perf_counter() - began

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return time.perf_counter() - self._start


def clock(seconds: float) -> str:
    """Seconds as people say them: "45 s", "3 min 05 s", "2 h 10 min"."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return f"{seconds // 3600} h {seconds // 60 % 60:02} min"
