"""The TOML suite: read, checked completely, expanded into cases."""

from harness.config.cases import Case, CaseKey, Component, Suite, case_id, case_of
from harness.config.gate import EVERYTHING_FAILS, Alarm, GateTable, gate_of, gravest
from harness.config.narrowing import Choice, narrowed
from harness.config.patterns import found_in
from harness.config.plan import Plan, parse_bytes
from harness.config.reader import load_suite, read_suite

__all__ = [
    "EVERYTHING_FAILS", "Alarm", "Case", "CaseKey", "Choice", "Component", "GateTable", "Plan", "Suite", "case_id",
    "case_of", "found_in", "gate_of", "gravest", "load_suite", "narrowed", "parse_bytes", "read_suite",
]  # fmt: skip
