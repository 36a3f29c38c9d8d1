"""Environments with other versions of the libraries: described in a suite, built once, kept by what is in them."""

from harness.environments.builder import build
from harness.environments.model import DEFAULT, Built, Environment, Unbuilt, environment_from_record

__all__ = ["DEFAULT", "Built", "Environment", "Unbuilt", "build", "environment_from_record"]
