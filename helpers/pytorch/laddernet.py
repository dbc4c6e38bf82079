"""LadderNet in PyTorch."""

from collections import OrderedDict

import torch
from torch import nn

from helpers.laddernet import LadderSpec


class Residual(nn.Module):
    """A residual block with one convolution, used twice: (N, width, H, W), unchanged.

    relu(conv(drop(relu(conv(x)))) + x), where whole channels are dropped. Source:
    `BasicBlock` in the repository of Zhuang 2018, arXiv 1810.07810; a BatchNorm after
    each convolution stands there, but commented out.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.drop(self.conv(x).relu())
        return (self.conv(out) + x).relu()


class Ladder(nn.Module):
    """One of the two U's: what leaves each level of its decoder, the top first.

    start: what its input goes through first; then x is (N, filters, H, W). other: the
    decoder features of the U before it, top first, each added where this one goes
    down; None for the first U.
    """

    def __init__(self, spec: LadderSpec, start: nn.Module) -> None:
        super().__init__()
        wide, levels = spec.widths, range(spec.levels)
        self.start = start
        self.down = nn.ModuleList(Residual(wide[k], spec.dropout) for k in levels)
        self.shrink = nn.ModuleList(
            nn.Conv2d(wide[k], wide[k + 1], 3, stride=2, padding=1) for k in levels
        )
        self.bottom = Residual(wide[-1], spec.dropout)
        doubling = {"stride": 2, "padding": 1, "output_padding": 1}
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(wide[k + 1], wide[k], 3, **doubling) for k in levels
        )
        self.up = nn.ModuleList(Residual(wide[k], spec.dropout) for k in levels)

    def forward(
        self, x: torch.Tensor, other: list[torch.Tensor] | None = None
    ) -> list[torch.Tensor]:
        x, skips = self.start(x), []
        for level, (down, shrink) in enumerate(zip(self.down, self.shrink)):
            x = down(x if other is None else x + other[level])
            skips.append(x)
            x = shrink(x).relu()
        x = self.bottom(x)
        made = []
        for level in reversed(range(len(skips))):
            x = self.up[level](self.grow[level](x) + skips[level])
            made.insert(0, x)
        return made


class LadderNet(nn.Module):
    """Two U's in a row (Zhuang 2018): (N, C, H, W) -> logits (N, classes, H, W).

    Raises ValueError for a wrong number of channels, or sizes that do not fit.
    """

    def __init__(self, spec: LadderSpec) -> None:
        super().__init__()
        self.spec = spec
        top = spec.filters
        start = OrderedDict(
            conv=nn.Conv2d(spec.in_channels, top, 3, padding=1), relu=nn.ReLU()
        )
        self.first = Ladder(spec, nn.Sequential(start))
        self.second = Ladder(spec, Residual(top, spec.dropout))
        self.head = nn.Conv2d(top, spec.classes, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if images.ndim != 4 or images.shape[1] != self.spec.in_channels:
            raise ValueError(
                f"images of shape {tuple(images.shape)}: expected "
                f"(N, {self.spec.in_channels}, H, W), channels before height and width"
            )
        self.spec.check_size(*images.shape[-2:])
        made = self.first(images)
        return self.head(self.second(made[0], made)[0])


def build(spec: LadderSpec, seed: int = 0) -> LadderNet:
    """The network that `spec` describes, initialized from `seed` as PyTorch does.

    So its repository leaves it, which has a log-softmax after the logits.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LadderNet(spec)
