"""A comparison as other programs show it to a reviewer: one file per format, a function of the file's own name.

All of them are made of the JSON that ``linbench compare --format json`` prints, and of nothing else.
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
    """A comparison in some format.

    Raises
    ------
    UnknownName
        When there is no such format.
    UsageError
        When the format needs to know something of the place that it was not told.
    """
    if name not in names():
        raise UnknownName("format", name, names())
    told: str = namesake(f"{__name__}.{name}", FunctionType)(found, place)
    return told
