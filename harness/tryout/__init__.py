"""Tries data and code without a suite: writes one, measures it with the ordinary runner, and explains the answers."""

from harness.tryout.attempts import Attempt, attempt
from harness.tryout.draft import Draft, default_backends
from harness.tryout.subject import dataset_table

__all__ = ["Attempt", "Draft", "attempt", "dataset_table", "default_backends"]
