"""What a measurement was to reach, and the file that says whether it did."""

from dataclasses import asdict, dataclass
from pathlib import Path

from helpers import record

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Target:
    """A measured number and the bound it was to keep, from below or above."""

    name: str
    measured: float
    bound: float
    above: bool = True

    @property
    def met(self) -> bool:
        """Whether the number keeps the bound."""
        return (
            self.measured >= self.bound if self.above else self.measured <= self.bound
        )

    def __str__(self) -> str:
        sign = ">=" if self.above else "<="
        verdict = "met" if self.met else "MISSED"
        return (
            f"{verdict}: {self.name} {self.measured:.3g} (target {sign} {self.bound:g})"
        )


def write(name: str, values: dict, targets: list[Target]) -> bool:
    """Write benchmarks/results/NAME.json; print and return whether all were met."""
    rows = [{**asdict(target), "met": target.met} for target in targets]
    path = record.save_experiment(
        RESULTS / name, {**values, "targets": rows}, f"python -m benchmarks {name}"
    )
    print("\n".join(str(target) for target in targets))
    print(f"written to {path.relative_to(RESULTS.parents[1])}", flush=True)
    return all(target.met for target in targets)
