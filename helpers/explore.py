"""Explorers: controls over pictures that move with no kernel behind the page."""

import base64
import html
from collections.abc import Callable, Sequence
from itertools import product

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from helpers.style import page_width, png

MOST_FRAMES = 80
MOST_BYTES = 2_000_000
"""What one explorer may weigh in the page, in bytes."""


def explore(
    draw: Callable[..., Figure],
    *,
    alt: Callable[..., str],
    caption: str,
    **controls: Sequence,
) -> ipywidgets.Widget:
    """A picture with a slider for each of one to three controls, all drawn now.

    draw(**values) gives the figure for one setting, alt(**values) says in words what
    it shows; caption, under the picture, says what to conclude from moving it.
    controls: the values of each, by argument name; a dict gives {label: value}. The
    browser alone swaps the frames, so the explorer lives in Jupyter, in Colab and in a
    static page (book/_tools/explorers.py); with ipywidgets 7, as Colab may have it, the
    running kernel swaps them. Raises ValueError for no or four controls,
    no caption or alt text, over 80 frames, or frames that weigh over 2 MB together.
    """
    if len(controls) not in (1, 2, 3):
        raise ValueError(
            f"{len(controls)} controls ({', '.join(controls) or 'none'}): an explorer "
            "takes one to three"
        )
    if not caption.strip():
        raise ValueError("no caption: say what to conclude from moving the explorer")
    options = [_options(name, values) for name, values in controls.items()]
    number = int(np.prod([len(values) for values in options]))
    if number > MOST_FRAMES:
        raise ValueError(
            f"{number} frames are too many for a page, at most {MOST_FRAMES}: "
            "give fewer values"
        )
    frames, weight = [], 0
    for chosen in product(*(values.values() for values in options)):
        setting = dict(zip(controls, chosen))
        frames.append(_frame(draw(**setting), alt(**setting)))
        weight += len(frames[-1])
        if weight > MOST_BYTES:
            raise ValueError(
                f"{len(frames)} of {number} frames weigh {weight:,} bytes already, at "
                f"most {MOST_BYTES:,} fit a page: draw smaller or fewer frames"
            )
    sliders = [_slider(name, values) for name, values in zip(controls, options)]
    views: list[ipywidgets.Widget] = [ipywidgets.HTML(frame) for frame in frames]
    for slider, values in zip(reversed(sliders), reversed(options)):
        length = len(values)
        rows = [views[k : k + length] for k in range(0, len(views), length)]
        views = [_stack(slider, row) for row in rows]
    said = ipywidgets.HTML(f"<p>{html.escape(caption)}</p>")
    said.add_class("explorer-caption")
    box = ipywidgets.VBox([*sliders, *views, said])
    box.add_class("explorer")
    return box


def _options(name: str, values: Sequence) -> dict[str, object]:
    if not isinstance(values, dict):
        values = {str(value): value for value in values}
    if len(values) < 2:
        raise ValueError(
            f"control {name!r} has {len(values)} value(s): give at least 2"
        )
    return values


def _slider(name: str, values: dict[str, object]) -> ipywidgets.SelectionSlider:
    return ipywidgets.SelectionSlider(
        options=list(values),
        description=name.replace("_", " "),
        style={"description_width": "initial"},
        layout={"width": "100%", "max_width": "480px"},
    )


def _stack(slider: ipywidgets.SelectionSlider, views: list) -> ipywidgets.Widget:
    """Show the view whose place is the slider's, linked in the browser."""
    if hasattr(ipywidgets, "Stack"):
        stack = ipywidgets.Stack(views, selected_index=0)
        ipywidgets.jslink((slider, "index"), (stack, "selected_index"))
        return stack
    # ipywidgets 7 has no Stack: there the running kernel swaps the view.
    box = ipywidgets.Box([views[0]])
    slider.observe(
        lambda change: setattr(box, "children", [views[change.new]]), "index"
    )
    return box


def _frame(figure: Figure, alt: str) -> str:
    """An <img> with the figure inside it, in 128 colors where flat drawings bear it."""
    if not alt.strip():
        raise ValueError("a frame has no alt text: alt(...) has to say what is shown")
    content = png(figure, (128, 256), any_color=False)
    width, height = (int.from_bytes(content[k : k + 4], "big") for k in (16, 20))
    return (
        f'<img alt="{html.escape(alt)}" width="{width}" height="{height}" '
        f'style="width: 100%; max-width: {page_width(figure)}px; height: auto" '
        f'src="data:image/png;base64,{base64.b64encode(content).decode()}">'
    )
