"""Somebody's data and code, tried without a suite: one is written, measured by the ordinary runner, and explained."""

from harness.tryout.attempts import Attempt, attempt
from harness.tryout.draft import Draft, default_backends
from harness.tryout.subject import dataset_table

__all__ = ["Attempt", "Draft", "attempt", "dataset_table", "default_backends"]
