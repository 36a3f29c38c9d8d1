"""linbench: the benchmark harness that knows the right answer."""

__version__ = "0.1.0"
