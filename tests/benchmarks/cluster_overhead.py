"""What sending a unit to a host costs beside measuring it: ``python -m tests.benchmarks.cluster_overhead``.

One process of a local cluster measures 40 units of two cases. The wall time of the run, from the first unit's start to
the last one's rows on disk, less the seconds that the host spent measuring, is shared by the units: order and delivery
as JSON, Dask's way there and back, the dispatcher, and writing the rows.
"""

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from importlib import import_module
from pathlib import Path

from harness.cluster import host as on_host
from harness.cluster.dask_pool import DaskPool
from harness.cluster.dispatch import Unit
from harness.cluster.measure import inquiry_of, measure_on
from harness.cluster.protocol import Order
from harness.cluster.where import pool_at
from harness.config import load_suite
from harness.machine import this_machine
from harness.results import Store

SUITE = """
name = "overhead"
[plan]
rounds = 20
seconds = 0.01
[[dataset]]
use = "linear"
n_samples = [50, 100]
[[backend]]
use = "numpy_lstsq"
[[backend]]
use = "scratch_ols"
"""

spent: list[float] = []
"""Seconds of each unit on the host, in its process."""


def timed_unit(order: str) -> str:
    """As `on_host.measure_unit`, and its time is kept there."""
    start = time.perf_counter()
    try:
        return on_host.measure_unit(order)
    finally:
        spent.append(time.perf_counter() - start)


def all_spent() -> str:
    return str(sum(spent))


class Quiet:
    """Watches nothing, but for when the first unit can begin."""

    def planned(self, todo: object, done: int) -> None: ...
    def doing(self, what: str) -> None: ...
    def measured(self, measurement: object) -> None: ...


class Timed:
    """A pool's `start` that has the host's time kept."""

    def __init__(self, pool: DaskPool, unit: Callable[[str], str]) -> None:
        self._pool = pool
        self._unit = unit
        self.first: float | None = None
        self.host = ""

    def __call__(self, host: str, unit: Unit, order: Order) -> None:
        self.first, self.host = self.first or time.perf_counter(), host
        then: Callable[[object], None] = partial(self._pool._measured, host, unit)
        self._pool._submit(host, self._unit, order, then)


def main() -> None:
    there = import_module("tests.benchmarks.cluster_overhead")  # by its name, as the host imports it

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "overhead.toml"
        path.write_text(SUITE)
        suite = load_suite(path)
        with (
            closing(Store(Path(name)).create(suite, this_machine(), None)) as writer,
            pool_at("dask", suite.cluster, inquiry_of(suite, writer.header.run)) as pool,
        ):
            assert isinstance(pool, DaskPool)
            timed = Timed(pool, there.timed_unit)
            pool.start = timed  # type: ignore[method-assign]
            measure_on(suite, writer, Quiet(), pool)
            assert timed.first is not None
            wall = time.perf_counter() - timed.first
            (measuring,) = map(float, pool.everywhere(there.all_spent, [timed.host]))
    each = (wall - measuring) / 40 * 1e3
    print(f"40 units: {wall:.2f} s, of which {measuring:.2f} s on the host; {each:.1f} ms per unit")


if __name__ == "__main__":
    main()
