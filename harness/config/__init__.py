"""The TOML suite: read, checked whole, unfolded into cases."""

from harness.config.cases import Case, Chosen, Suite, case_from_record, narrowed
from harness.config.plan import Plan, parse_bytes
from harness.config.reader import load_suite

__all__ = ["Case", "Chosen", "Plan", "Suite", "case_from_record", "load_suite", "narrowed", "parse_bytes"]
