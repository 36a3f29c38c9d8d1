"""Environments with other versions of libraries: described in a suite, built once, and cached by their contents."""

from harness.environments.builder import build
from harness.environments.environment import (
    DEFAULT,
    Built,
    Environment,
    EnvironmentRecord,
    Unbuilt,
    environment_from_record,
)
from harness.environments.source import Source

__all__ = [
    "DEFAULT",
    "Built",
    "Environment",
    "EnvironmentRecord",
    "Source",
    "Unbuilt",
    "build",
    "environment_from_record",
]
