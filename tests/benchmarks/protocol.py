"""What the talk with a program costs beyond its own time: ``python -m tests.benchmarks.protocol``."""

import statistics
import time

from backends._engine import Engine
from backends.base import Missing, Unsupported
from harness.catalog import backend_class, backend_names
from harness.datasets.nist_norris import NistNorris

WARM_UP, FITS = 200, 400


def main() -> None:
    """One line for each engine that is here and has a clock of its own."""
    problem = NistNorris().data().problem
    print(f"{'engine':18}{'here, ms':>10}{'own, ms':>10}{'talk, ms':>10}   medians of {FITS} fits of nist_norris")
    for name in backend_names():
        kind = backend_class(name)
        if not issubclass(kind, Engine) or kind.lack() is not None:
            continue
        backend = kind()
        try:
            state = backend.prepare(problem, "cpu")
        except (Missing, Unsupported):
            continue
        here, own = [], []
        for fit_number in range(WARM_UP + FITS):
            start = time.perf_counter()
            fit = backend.solve(state)
            elapsed = time.perf_counter() - start
            if fit_number >= WARM_UP and fit.own_seconds is not None:
                here.append(elapsed)
                own.append(fit.own_seconds)
        if here:
            talk = [a - b for a, b in zip(here, own, strict=True)]
            print(f"{name:18}" + "".join(f"{1e3 * statistics.median(each):10.3f}" for each in (here, own, talk)))


if __name__ == "__main__":
    main()
