"""The exact least-squares solution of the problem as a backend is given it, correctly rounded to float64."""

from harness.reference.answer import Reference
from harness.reference.cache import fingerprint
from harness.reference.held_out import HeldOut
from harness.reference.scores import ExactScores, Judge
from harness.reference.solution import solve
from harness.reference.stack import StackJudge, StackScores

__all__ = ["ExactScores", "HeldOut", "Judge", "Reference", "StackJudge", "StackScores", "fingerprint", "solve"]
