"""The peak rates of this machine, measured in a worker with as many threads as those of a run."""

from backends.base import Library
from harness.machine import Roof
from harness.runner.executor import Failure
from harness.runner.library_worker import LibraryWorker

MEMORY = 2**31
"""Bytes that the worker may hold."""


def measured_roof(threads: int) -> Roof | None:
    """The machine's peak rates with so many threads; None where a worker cannot measure them."""
    worker = LibraryWorker(Library("numpy", "numpy"), device="cpu", threads=threads, memory=MEMORY)
    try:
        worker.greeting()
        found = worker.roof()
    except Failure:
        return None
    finally:
        worker.end()
    return Roof(threads=threads, flops_per_second=found.flops_per_second, bytes_per_second=found.bytes_per_second)
