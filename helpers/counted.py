"""Claims about networks that need no training: counted from a spec."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from helpers import sizes
from helpers.family import FAMILY
from helpers.laddernet import LADDERNET
from helpers.spec import ELLIPSES, PAPER, PETS

TRAN = "Understanding U-Net"
BHARATH = "U-Net Architecture For Image Segmentation"

Counts = dict[str, dict[str, Any]]


def entry(
    value: float,
    claim: str,
    source: str,
    true: bool,
    when: bool = False,
    unit: str = "",
    spread: float | None = None,
) -> dict[str, Any]:
    """A number as `record.load` gives it; its verdict follows from `true`.

    when: it is true under a condition only, which the claim then names.
    """
    verdict = ("holds when" if when else "holds") if true else "does not hold"
    found = {"value": float(value), "spread": spread, "unit": unit, "claim": claim}
    return {**found, "verdict": verdict, "source": source}


def sides() -> Counts:
    """Sides of the maps in the paper's network."""
    traced = sizes.trace(PAPER, 572)
    lost = (572 - traced.encoder[0]) / PAPER.convs
    above = [a - b for a, b in zip(traced.encoder, traced.up)]
    pooled = [*(n + lost * PAPER.convs for n in traced.encoder[1:])]
    halved = {a / b for a, b in zip(traced.encoder, pooled)}
    said = {
        "unpadded_shrinks": "what an unpadded 3x3 convolution takes from a side",
        "skip_is_larger": "the encoder's top map over the decoder's, per side",
        "center_crop": "cut off the top skip, on either side alike",
        "paper_output": "572 pixels through the paper's network",
        "paper_pooling": "each pooling of the paper's divides a side by",
    }
    middle = all(before == after for before, after in traced.crops)
    px = {"unit": "px"}
    return {
        "unpadded_shrinks": entry(lost, said["unpadded_shrinks"], TRAN, lost > 0, **px),
        "skip_is_larger": entry(
            above[0], said["skip_is_larger"], TRAN, min(above) > 0, **px
        ),
        "center_crop": entry(
            traced.crops[0][0], said["center_crop"], TRAN, middle, **px
        ),
        "paper_pooling": entry(
            max(halved), said["paper_pooling"], BHARATH, halved == {2}
        ),
        "paper_output": entry(
            traced.decoder[0],
            said["paper_output"],
            TRAN,
            traced.decoder[0] == 388,
            **px,
        ),
    }


def blocks() -> Counts:
    """What the layers of the networks are, and how many channels they take and give."""
    rows = PAPER.layers()
    takes = {name: inputs for name, _, inputs, _, _ in rows}
    levels = range(PAPER.depth)
    joined = [takes[f"decoder.{k}.conv1"] == 2 * PAPER.widths[k] for k in levels]
    alone = {n: inputs for n, _, inputs, *_ in ELLIPSES.replace(skip="none").layers()}
    with_skips = {n: inputs for n, _, inputs, *_ in ELLIPSES.layers()}
    grows = {with_skips[n] / alone[n] for n in alone if with_skips[n] != alone[n]}
    convs = {n.rsplit(".", 1)[0] for n, kind, *_ in rows if n.endswith(".conv2")}
    up, down = PAPER.up_widths, PAPER.widths
    rises = {b / a for a, b in pairwise(down)}
    falls = {b / a for a, b in pairwise(up)}
    one = PETS.replace(classes=1)
    head_only = one.layers()[:-1] == PETS.layers()[:-1]
    more = PETS.parameters() - one.parameters()
    same = ELLIPSES.output_size(64) == 64
    named = {"residual", "dense", "recurrent", "attention", "recurrent attention"}
    built = [*(named & {*FAMILY}), *([LADDERNET] if LADDERNET.parameters() else [])]
    u = (len(up), "levels of the decoder, as many as poolings", BHARATH)
    return {
        "skips_per_level": entry(
            sum(joined), "levels that take in a skip, of the paper's", TRAN, all(joined)
        ),
        "concat_doubles": entry(
            min(grows), "channels taken in with a skip over without", TRAN, grows == {2}
        ),
        "u_levels": entry(*u, len(up) == PAPER.depth),
        "convolutions": entry(
            PAPER.convs,
            "convolutions per level",
            BHARATH,
            len(convs) == 2 * len(up) + 1,
        ),
        "filters_rise": entry(
            min(rises), "filters, a level over the one above it", BHARATH, rises == {2}
        ),
        "filters_fall": entry(
            max(falls), "filters on the way up, likewise", BHARATH, falls == {2}
        ),
        "variants": entry(
            len(built),
            "variants that both frameworks build here, LadderNet among them",
            BHARATH,
            len(built) == len(named) + 1,
        ),
        "only_the_head": entry(
            more, "parameters more for three outputs than one", BHARATH, head_only
        ),
        "ellipses_depth": entry(
            ELLIPSES.depth, "poolings of the network as printed", TRAN, same
        ),
    }


def costs() -> Counts:
    """Parameters and multiply-adds."""
    twice = ELLIPSES.replace(convs=2)
    skips = ELLIPSES.parameters() - ELLIPSES.replace(skip="none").parameters()
    grown = twice.parameters() / ELLIPSES.parameters()
    deeper = ELLIPSES.replace(
        widths=(*ELLIPSES.widths, 64), decoder_widths=(16, 16, 32, 64)
    )
    grows = grown > 1 and deeper.parameters() > ELLIPSES.parameters()
    more = deeper.parameters() / ELLIPSES.parameters()
    said = f"times the parameters: {more:.2f} with a level more, with two convolutions"
    return {
        "larger_networks": entry(grown, said, TRAN, grows),
        "skip_parameters": entry(
            skips, "with and without skips it is one size: apart by", TRAN, skips == 0
        ),
    }


GROUPS = (sides, blocks, costs)
