"""Verdicts between two runs: what changed beyond chance and beyond the margin, by a rule for each kind of number."""

from harness.compare.comparison import CaseVerdict, Comparison, Judgement, Kind, Verdict
from harness.compare.confirmation import confirm
from harness.compare.thresholds import DEFAULT_THRESHOLDS, Thresholds
from harness.compare.verdicts import compare

__all__ = [
    "DEFAULT_THRESHOLDS", "CaseVerdict", "Comparison", "Judgement", "Kind", "Thresholds", "Verdict", "compare",
    "confirm",
]  # fmt: skip
