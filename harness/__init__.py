"""linbench: the benchmark harness that knows the right answer."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.cli.from_python import try_
    from harness.estimator import BackendRegressor
    from harness.reports.notebook import load_run

__version__ = "0.1.0"
__all__ = ["BackendRegressor", "__version__", "load_run", "try_"]

_HOMES = {
    "BackendRegressor": "harness.estimator",
    "load_run": "harness.reports.notebook",
    "try_": "harness.cli.from_python",
}
"""The module of each public name, imported on first use so that ``import harness`` stays fast."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
