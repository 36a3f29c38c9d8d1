"""Verdicts between two runs: what changed, beyond chance and beyond the margin, a rule for each kind of number."""

from harness.compare.confirmation import confirm
from harness.compare.model import DEFAULT_GATE, CaseVerdict, Comparison, Gate, Judgement, Kind, Verdict
from harness.compare.verdicts import compare

__all__ = [
    "DEFAULT_GATE",
    "CaseVerdict",
    "Comparison",
    "Gate",
    "Judgement",
    "Kind",
    "Verdict",
    "compare",
    "confirm",
]
