"""The parent process: rounds of fresh workers, one case measured at a time, a measurement for every case."""

from harness.runner.recorder import Observer
from harness.runner.schedule import measure, measure_new

__all__ = ["Observer", "measure", "measure_new"]
