"""The gate: the accepted baseline of a suite, and the check of a run against it."""

from harness.gate.again import measure_again
from harness.gate.baseline import accept, baseline_of
from harness.gate.check import check
from harness.gate.measured import measure_against

__all__ = ["accept", "baseline_of", "check", "measure_again", "measure_against"]
