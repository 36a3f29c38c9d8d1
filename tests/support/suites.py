"""Suites made without a file."""

from pathlib import Path
from typing import Any

from backends.base import Backend
from backends.numpy_lstsq import NumpyLstsq
from harness.config import Case, Component, Plan, Suite
from harness.datasets.linear import Linear

LINEAR = Component("linear", Linear())


def case(backend: Backend[Any] | None = None, **where: Any) -> Case:
    """A backend on the smallest dataset there is."""
    return Case(
        LINEAR, Component("numpy_lstsq", backend or NumpyLstsq()), **{"device": "cpu", "dtype": "float64", **where}
    )


def suite_of(*cases: Case, name: str = "small", **plan: Any) -> Suite:
    return Suite(name, "", Path("small.toml"), Plan(**plan), cases or (case(),))
