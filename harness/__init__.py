"""linbench: the benchmark harness that knows the right answer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.estimator import BackendRegressor

__version__ = "0.1.0"
__all__ = ["BackendRegressor", "__version__"]

_HOMES = {"BackendRegressor": "harness.estimator"}
"""Where each public name lives; imported when it is asked for, so that ``import harness`` stays light."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
