"""One file per layout: a function, named like the file, that lays out any sheet."""

from types import FunctionType

from harness.catalog import module_names, namesake
from harness.errors import UnknownName
from harness.reports.layout.base import PLAIN, Screen
from harness.reports.sheet import Sheet

__all__ = ["PLAIN", "Screen", "lay_out", "names"]


def names() -> list[str]:
    """All layouts, sorted."""
    return module_names(__name__)


def lay_out(sheet: Sheet, name: str, screen: Screen = PLAIN) -> str:
    """A sheet in the layout of that name, as lines that end with a newline.

    Raises `UnknownName` when there is none.
    """
    if name not in names():
        raise UnknownName("format", name, names())
    found: str = namesake(f"{__name__}.{name}", FunctionType)(sheet, screen)
    return found
