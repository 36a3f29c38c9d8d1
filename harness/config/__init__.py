"""The TOML suite: read, checked whole, unfolded into cases."""

from harness.config.cases import Case, CaseKey, Component, Suite, case_id, case_of
from harness.config.narrowing import Choice, narrowed
from harness.config.plan import Plan, parse_bytes
from harness.config.reader import load_suite, read_suite

__all__ = [
    "Case", "CaseKey", "Choice", "Component", "Plan", "Suite", "case_id", "case_of", "load_suite",
    "narrowed", "parse_bytes", "read_suite",
]  # fmt: skip
