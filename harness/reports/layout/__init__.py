"""One file per layout: a function of the file's own name that lays out any sheet."""

from types import FunctionType

from harness.catalog import module_names, namesake
from harness.errors import UnknownName
from harness.reports.layout.base import PLAIN, Screen
from harness.reports.sheet import Sheet

__all__ = ["PLAIN", "Screen", "lay_out", "names"]


def names() -> list[str]:
    """Every layout there is, sorted."""
    return module_names(__name__)


def lay_out(sheet: Sheet, name: str, screen: Screen = PLAIN) -> str:
    """A sheet in some layout, as lines that end with a newline.

    Raises `UnknownName` when there is no such layout.
    """
    if name not in names():
        raise UnknownName("format", name, names())
    found: str = namesake(f"{__name__}.{name}", FunctionType)(sheet, screen)
    return found
