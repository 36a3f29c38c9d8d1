"""The parent that schedules: rounds of fresh workers, cases measured one at a time, every case a row."""

from harness.runner.recorder import Observer
from harness.runner.schedule import measure, measure_new

__all__ = ["Observer", "measure", "measure_new"]
