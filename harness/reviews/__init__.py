"""A comparison in the formats that show it to a reviewer: one file per format, with a function of the file's name.

All of them use only the JSON that ``linbench compare --format json`` prints.
"""

from types import FunctionType

from harness.catalog import module_names, namesake
from harness.errors import UnknownName
from harness.reviews.base import Compared, Place

__all__ = ["Compared", "Place", "names", "review"]


def names() -> list[str]:
    """Every format there is, sorted."""
    return module_names(__name__)


def review(found: Compared, name: str, place: Place) -> str:
    """Write a comparison in a format.

    Raises
    ------
    UnknownName
        When there is no such format.
    UsageError
        When the format needs a field of ``place`` that is missing.
    """
    if name not in names():
        raise UnknownName("format", name, names())
    text: str = namesake(f"{__name__}.{name}", FunctionType)(found, place)
    return text
