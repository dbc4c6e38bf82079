"""What the commands of `python -m helpers` do; each returns its exit code."""

import json
from argparse import Namespace
from pathlib import Path

import numpy as np

from helpers import datasets, runs, scores
from helpers.budget import Budget, budget
from helpers.files import write_atomically
from helpers.frameworks import FRAMEWORKS, framework, of_weights
from helpers.recipe import ARTICLE, SOUND, Recipe
from helpers.samples import Samples, check_samples
from helpers.sizes import fits
from helpers.spec import UNetSpec, preset

RECIPES = {"sound": SOUND, "article": ARTICLE}
SIZES = {"paper": 572, "ellipses": 64}
"""Sides of the images that presets were made for; other presets take the budget's."""


def train(options: Namespace) -> int:
    """Train a network, write its files, and score it beside the constant answer."""
    chosen = framework(options.framework)
    limits = budget(options.budget)
    name = options.preset or limits.preset
    spec, recipe = preset(name), recipe_for(options, limits)
    if options.classes is not None:
        spec = spec.replace(classes=options.classes)
    size = options.size or SIZES.get(name, limits.size)
    spec.check_size(size, size)
    # Valid padding does not take the small images that a recipe may begin with.
    first = [part for part in recipe.sizes if fits(spec, part[1])]
    recipe = recipe.replace(sizes=tuple(first))
    chosen.check()
    out = options.out or Path("runs", f"{name}-{chosen.name}")
    runs.prepare(out, chosen, resume=options.resume, overwrite=options.overwrite)
    images = options.data and options.data / "images"
    with runs.resumable(out, chosen, options.given, images):
        parts = datasets.open_data(
            options.data,
            spec,
            size,
            limits,
            draw_shapes=name == "ellipses",
            mask_offset=options.mask_offset,
            seed=options.seed,
        )
        for part in parts:
            check_samples(part, spec)
        _tell_data(*parts, limits, options.data)
        classes = "a sigmoid" if spec.classes == 1 else f"{spec.classes} classes"
        _tell("network", f"{name}: {spec.parameters():,} parameters, {classes}")
        time = f"{recipe.minutes:g} minutes" if recipe.minutes else ""
        time = time or f"{recipe.epochs} epochs"
        _tell("training", f"recipe {options.recipe}, {time}, seed {recipe.seed}")
        device, trainer = chosen.part("device"), chosen.part("train")
        precision = device.precision(recipe.precision)
        _tell("device", f"{device.info()['device']}, {precision}, {chosen.title}")
        # Keras decides about precision when a network is built, PyTorch later.
        dtype = {"dtype": precision} if chosen.name == "keras" else {}
        net = chosen.part().build(spec, seed=recipe.seed, **dtype)
        if options.overwrite:
            runs.clear(out)
        trainer.fit(net, *parts, recipe, out=out, resume=options.resume)
        result = trainer.evaluate(net, parts[1], recipe.batch_size)
    constant = _constant(*parts, spec)
    _tell_scores(result, constant, parts[1])
    numbers = {n: np.asarray(value).tolist() for n, value in result.items()}
    _write_json(out / "scores.json", {"network": numbers, "constant": constant})
    weights = runs.weights_of(out, chosen).name
    _tell("files", f"{weights}, history.json and scores.json in {out}")
    _tell("try", runs.predict_command(out, chosen, images))
    return 0


def predict(options: Namespace) -> int:
    """Label every picture; 1 where damaged ones were passed over."""
    from helpers import labeling

    chosen = of_weights(options.weights)
    paths = labeling.pictures(options.images)
    _check_masks_folder(options.out, paths)
    if options.batch_size < 1:
        raise ValueError(f"batch size {options.batch_size} is not at least 1")
    trainer = chosen.part("train")
    net = trainer.load(options.weights)
    labeler = labeling.Labeler(
        lambda images: trainer.predict(net, images, options.batch_size),
        net.spec,
        max(getattr(net, "size", None) or [budget("small").size]),
        tuple(getattr(net, "class_names", ())),
    )
    written, skipped = labeling.label_pictures(
        paths,
        options.out,
        labeler,
        batch_size=options.batch_size,
        overlay=options.overlay,
        color=options.color,
    )
    names = enumerate(labeling.class_names(labeler))
    print(
        f"{written} masks in {options.out}: {', '.join(f'{i} {n}' for i, n in names)}"
    )
    if skipped:
        print(f"{len(skipped)} damaged pictures were skipped")
    return 1 if skipped else 0


def download(options: Namespace) -> int:
    """Fetch the photographs."""
    from helpers import download as fetch

    print(f"The photographs are in {fetch.download(options.root)}")
    return 0


def info(options: Namespace) -> int:
    """Say what training here would use."""
    from helpers import __version__, pets
    from helpers.arrays import cache_dir

    _tell("helpers", __version__)
    for each in FRAMEWORKS.values():
        if each.missing:
            _tell(each.title, f"not installed ({', '.join(each.missing)} missing)")
            continue
        found = each.part("device").info()
        versions = ", ".join(f"{n} {v}" for n, v in found["versions"].items())
        _tell(each.title, f"{found['device']}, {found['precision']} ({versions})")
    _tell("budget", budget().name)
    try:
        root = pets.find()
    except FileNotFoundError as error:
        _tell("pets", str(error))
    else:
        none = "no photographs; stand-ins are drawn (python -m helpers download)"
        _tell("pets", str(root) if root else none)
    _tell("cache", str(cache_dir()))
    return 0


def recipe_for(options: Namespace, limits: Budget) -> Recipe:
    """The recipe that the arguments of `train` ask for.

    Without --minutes or --epochs the budget's minutes end the run. Raises ValueError
    where both are given, or one is out of range.
    """
    if options.minutes is not None and options.epochs is not None:
        raise ValueError("--minutes and --epochs both end a run; give one of them")
    changes = {"seed": options.seed}
    if options.batch_size is not None:
        changes["batch_size"] = options.batch_size
    if options.epochs is not None:
        changes["epochs"] = options.epochs
    else:
        given = options.minutes is not None
        changes["minutes"] = options.minutes if given else limits.minutes
    return RECIPES[options.recipe].replace(**changes)


def _check_masks_folder(out: Path, paths: list[Path]) -> None:
    """Refuse to write a mask over the picture that it is made from."""
    for path in paths:
        if (out / f"{path.stem}.png").resolve() == path.resolve():
            raise ValueError(
                f"the mask of {path} would take its place; choose another --out"
            )
    runs.check_writable(out)


def _constant(train: Samples, held_out: Samples, spec: UNetSpec) -> dict:
    """The constant answer on the pixels that the network gives a class."""
    sides = held_out.masks.shape[1:]
    outputs = [spec.output_size(side) for side in sides]
    rows, columns = (
        slice((side - output) // 2, (side - output) // 2 + output)
        for side, output in zip(sides, outputs)
    )
    masks = (part.masks[:, rows, columns] for part in (train, held_out))
    return scores.constant_answer(*masks, spec.classes)


def _tell_data(
    train: Samples, held_out: Samples, limits: Budget, folder: Path | None
) -> None:
    height, width = train.images.shape[1:3]
    where = f" in {folder}" if folder and str(folder) != train.source else ""
    counts = f"{len(train)} images to train on, {len(held_out)} held out"
    _tell("data", f"{train.source}{where}: {counts}, {height}x{width}")
    most = f", at most {limits.images} images to train on" if limits.images else ""
    _tell("budget", limits.name + most)


def _tell_scores(result: dict, constant: dict, held_out: Samples) -> None:
    """Two lines of numbers under their names, the constant answer second."""
    count = len(result["iou"])
    names = held_out.class_names if len(held_out.class_names) == count else ()
    names = names or tuple(f"class {k}" for k in range(count))
    heads = ("mean IoU", *(f"IoU {name}" for name in names), "cross-entropy")
    ours = (result["mean_iou"], *result["iou"], result["cross_entropy"])
    base = (constant["mean_iou"], *[None] * count, constant["cross_entropy"])
    first = f"{len(held_out)} images held out"
    print("", "  ".join((first, *heads)), sep="\n")
    for label, row in (
        ("this network", ours),
        (f"always {names[constant['label']]}", base),
    ):
        cells = (
            f"{'' if value is None else format(value, '.3f'):>{len(head)}}"
            for head, value in zip(heads, row)
        )
        print("  ".join((f"{label:<{len(first)}}", *cells)).rstrip())
    print()


def _write_json(path: Path, content: dict) -> None:
    write_atomically(path, json.dumps(content, indent=1).encode())


def _tell(what: str, text: str) -> None:
    print(f"{what:<9} {text}", flush=True)
