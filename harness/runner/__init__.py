"""The parent that schedules: rounds of fresh workers, cells measured one at a time, every cell a row."""

from harness.runner.schedule import Observer, measure, measure_new

__all__ = ["Observer", "measure", "measure_new"]
