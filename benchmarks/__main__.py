"""Run the measurements: `python -m benchmarks [NAME ...]`, all of them without one."""

import importlib
import sys

# Lighthouse first: the pages that it looks at are old once a record is written.
NAMES = ("lighthouse", "step", "data_path", "shapes_speed", "time_to_quality")


def main(names: list[str]) -> int:
    """Run the named measurements, or all; 1 where a target was missed."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        print(f"error: no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
        return 2
    missed = 0
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        try:
            met = importlib.import_module(f"benchmarks.{name}").main()
        except (OSError, RuntimeError) as error:  # others go on
            print(f"error: {error}")
            met = False
        missed += not met
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
