"""Seconds to quality on the photographs: the article's recipe against the book's.

Both train on the same 300 photographs (the official trainval list) at 160x160 and
are scored on the other 98 (the official test list), in one process that takes turns,
an epoch each, so that whatever else the machine does slows both alike. A side's clock
runs only in its turn. The article chooses its epoch by the loss on the photographs it
is scored on, which flatters it; the book's recipe never sees them, trains by the
clock, and predicts as the mean over an image and its mirror image (the plain
prediction is recorded beside it). In neither clock: building Keras's graphs, and the
second or two that decoding the photographs for the book takes, once.

It takes an hour or two of the whole machine. Stopped or killed, it goes on from the
last epoch when it is started again; what it needs for that is in `WORK`.
"""

import json
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import special

from benchmarks.targets import RESULTS, Target, write
from helpers import pets, scores
from helpers.files import write_atomically
from helpers.folders import Pair
from helpers.recipe import PATIENT, SOUND, Recipe
from helpers.samples import Samples
from helpers.spec import LIGHT_PETS, PETS

EPOCHS = 15
SIZE = 160
SHARES = {"patient": 0.9, "quick": 0.09}
"""Of the seconds of the article's epochs, what the two runs are given to train in."""
UNTIL = {"patient": EPOCHS - 2, "quick": EPOCHS}
"""The article's epochs that may take turns with each: some are left for the second."""
WORK = RESULTS.parents[1] / "_build" / "time_to_quality"


class Article:
    """The article's training, an epoch at a time, kept in `folder` after each."""

    def __init__(self, train: list[Pair], test: list[Pair], size: int, folder: Path):
        import keras

        from helpers.keras import build, store, with_sigmoid
        from helpers.keras.article import OxfordPets

        self.store, self.file = store, folder / "article.keras"
        self.model = with_sigmoid(build(PETS, seed=1337, size=(size, size)))
        self.model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
        self.train, self.validation = (
            OxfordPets(_shuffled(pairs), (size, size)) for pairs in (train, test)
        )
        self._checkpoint = tempfile.TemporaryDirectory()
        path = Path(self._checkpoint.name) / "oxford_segmentation.keras"
        self.keep = keras.callbacks.ModelCheckpoint(path, save_best_only=True)
        self.rows: list[dict] = []
        if not self.file.exists():
            self.model.optimizer.build(self.model.trainable_variables)
            self._save()
        # Builds the graphs; what it learns is then forgotten.
        few = OxfordPets(train[:8], (size, size))
        self.model.fit(few, validation_data=few, verbose=0)
        state = store.read_state(self.file)
        store.load_state(self.model, self.file, state)
        self.rows = state["rows"]
        self.keep.best = min((row["val_loss"] for row in self.rows), default=np.inf)

    @property
    def seconds(self) -> float:
        """What its epochs took so far, validation and checkpoints included."""
        return self.rows[-1]["seconds"] if self.rows else 0.0

    def epoch(self, test: Samples) -> None:
        """One epoch with its validation and checkpoint, timed; then scores, not."""
        import keras

        done = len(self.rows)
        keras.utils.set_random_seed(1337 + done)
        start = time.perf_counter()
        history = self.model.fit(
            self.train,
            validation_data=self.validation,
            initial_epoch=done,
            epochs=done + 1,
            callbacks=[self.keep],
            verbose=0,
        ).history
        seconds = self.seconds + time.perf_counter() - start
        images = test.images.astype(np.float32)
        logits = self.model.net.predict(images, batch_size=8, verbose=0)
        # Training sees the softmax of the logits, who reads the scores a sigmoid.
        found = score(special.softmax(logits, axis=-1), test)
        # By logarithms, since far below zero all three sigmoids round to nothing.
        sigmoids = special.softmax(special.log_expit(logits), axis=-1)
        renormalized = score(sigmoids, test)["cross_entropy"]
        row = {"epoch": done + 1, "seconds": seconds, **found}
        row["renormalized_cross_entropy"] = renormalized
        self.rows.append(row | {"val_loss": history["val_loss"][0]})
        self._save()
        print(f"article, epoch {done + 1}/{EPOCHS}: {_line(row)}", flush=True)

    def _save(self) -> None:
        self.store.save_state(self.model, self.file, {"rows": self.rows}, [])


def _shuffled(pairs: list[Pair]) -> list[Pair]:
    """In the article's way; sorted, each batch would hold a single breed."""
    return random.Random(1337).sample(pairs, len(pairs))


class Plan:
    """The runs: minutes, when each began, what it reached; kept in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.runs = json.loads(path.read_text()) if path.exists() else {}

    def change(self, name: str, **values) -> dict:
        """Note something of a run, at once on disk too; returns all of it."""
        self.runs.setdefault(name, {}).update(values)
        write_atomically(self.path, json.dumps(self.runs).encode())
        return self.runs[name]


class Turns:
    """Two sides that run one at a time, the second in a thread of its own."""

    def __init__(self) -> None:
        self._whose, self._condition = 0, threading.Condition()

    def wait(self, side: int) -> None:
        """Sleep until it is this side's turn."""
        with self._condition:
            self._condition.wait_for(lambda: self._whose == side)

    def give(self, side: int) -> None:
        """Let that side go on."""
        with self._condition:
            self._whose = side
            self._condition.notify_all()


def main() -> bool:
    """Measure, write benchmarks/results/time_to_quality.json; whether all targets held.

    Takes twice as long as the article's 15 epochs: one to two hours on two cores.
    """
    train, test = (pets.load(split, size=SIZE) for split in ("train", "test"))
    if train.source != "photographs":
        print("skipped: this needs the photographs (`python -m helpers download`)")
        return True
    files = (pets.files(split) for split in ("train", "test"))
    article, plan = Article(*files, SIZE, WORK), Plan(WORK / "plan.json")
    if article.rows:
        print(f"going on from {WORK}, after epoch {len(article.rows)}", flush=True)
    else:
        article.epoch(test)
    # In minutes on a CPU, more steps with fewer images each get further.
    quick = SOUND.replace(batch_size=4, learning_rate=2e-3)
    # The longer run first: by its end the article's seconds are known better.
    for name, recipe in {"patient": PATIENT, "quick": quick}.items():
        an_epoch = article.seconds / len(article.rows)
        run = plan.runs.get(name) or plan.change(
            name,
            minutes=SHARES[name] * EPOCHS * an_epoch / 60,
            behind=article.seconds,
        )
        recipe = recipe.replace(minutes=run["minutes"])
        if "result" not in run:
            result = _in_turns(article, recipe, train, test, run["behind"], name)
            plan.change(name, result=result)
        print(f"{name}: {_line(plan.runs[name]['result'])}", flush=True)
    while len(article.rows) < EPOCHS:
        article.epoch(test)
    runs = {name: run["result"] for name, run in plan.runs.items()}
    met = _report(article, runs, train, test)
    shutil.rmtree(WORK)
    return met


def _in_turns(
    article: Article,
    recipe: Recipe,
    train: Samples,
    test: Samples,
    behind: float,
    name: str,
) -> dict:
    """Run the recipe to its end, an epoch of the article's for each of its seconds.

    behind: the article's seconds when the run began. name: of the run.
    """
    from helpers.pytorch import build, fit, predict

    turns, found, folder = Turns(), {}, WORK / name

    def on_epoch(_, history) -> None:
        # The article goes on once this side has had as many seconds as it had.
        if history["seconds"][-1] > article.seconds - behind:
            turns.give(0)
            turns.wait(1)

    def side() -> None:
        turns.wait(1)
        net = build(LIGHT_PETS, seed=recipe.seed)
        options = {"out": folder, "resume": folder.exists(), "verbose": False}
        found["history"] = fit(net, train, recipe=recipe, on_epoch=on_epoch, **options)
        found["net"] = net

    thread = threading.Thread(target=_caught(side, found, turns), daemon=True)
    thread.start()
    while thread.is_alive():
        turns.give(1)
        turns.wait(0)
        if "done" in found:
            break
        if len(article.rows) < UNTIL[name]:
            article.epoch(test)
    thread.join()
    if "error" in found:
        raise found["error"]
    result = {"epochs": len(found["history"]), "minutes_planned": recipe.minutes}
    result["seconds"] = found["history"]["seconds"][-1]
    for name, flip in (("plain_", False), ("", True)):
        probabilities = predict(found["net"], test.images, flip=flip)
        result |= {name + k: v for k, v in score(probabilities, test).items()}
    return result


def _caught(work: Callable[[], None], found: dict, turns: Turns) -> Callable[[], None]:
    """The work with its error kept, and the turn given back at its end."""

    def run() -> None:
        try:
            work()
        except BaseException as error:
            found["error"] = error
        found["done"] = True
        turns.give(0)

    return run


def score(probabilities: np.ndarray, test: Samples) -> dict:
    """Mean IoU, IoU of each class, accuracy and cross-entropy, pooled over pixels."""
    probabilities = probabilities / probabilities.sum(axis=-1, keepdims=True)
    confusion = scores.confusion(test.masks, probabilities.argmax(axis=-1), 3)
    return {
        "mean_iou": float(scores.mean_iou(confusion)),
        "iou": [float(value) for value in scores.iou(confusion)],
        "accuracy": float(scores.accuracy(confusion)),
        "cross_entropy": float(scores.cross_entropy(probabilities, test.masks)),
    }


def _line(row: dict) -> str:
    return (
        f"mean IoU {row['mean_iou']:.3f}, cross-entropy {row['cross_entropy']:.3f} "
        f"after {row['seconds']:.0f} s"
    )


def _report(article: Article, runs: dict, train: Samples, test: Samples) -> bool:
    kept = min(article.rows, key=lambda row: row["val_loss"])
    best = max(row["mean_iou"] for row in article.rows)
    total = article.seconds
    quick, patient = runs["quick"], runs["patient"]
    return write(
        "time_to_quality",
        {
            "train": len(train),
            "test": len(test),
            "size": SIZE,
            "constant": {
                name: float(value)
                for name, value in scores.constant_answer(
                    train.masks, test.masks, 3
                ).items()
                if np.ndim(value) == 0
            },
            "article": {
                "epochs": article.rows,
                "kept": kept,
                "seconds": total,
                "median_epoch_seconds": statistics.median(
                    np.diff([0.0, *(row["seconds"] for row in article.rows)])
                ),
            },
            **runs,
        },
        [
            Target(
                "quick: mean IoU (target: the article's best)", quick["mean_iou"], best
            ),
            Target(
                "quick: share of the article's seconds",
                quick["seconds"] / total,
                0.1,
                above=False,
            ),
            Target("patient: mean IoU over the best", patient["mean_iou"] - best, 0.1),
            Target(
                "patient: cross-entropy", patient["cross_entropy"], 0.28, above=False
            ),
            Target(
                "patient: share of seconds",
                patient["seconds"] / total,
                1.0,
                above=False,
            ),
        ],
    )
