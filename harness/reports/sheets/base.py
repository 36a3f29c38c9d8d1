"""What a report is, and how one is found by name.

Each module beside this one is a report: a function of the file's own name, marked with `report`, that returns a
`harness.reports.sheet.Sheet` of what its first parameter is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, signature
from operator import methodcaller
from typing import Any, Generic, ParamSpec

from harness.catalog import module_names, namesake
from harness.errors import UnknownName
from harness.reports.sheet import Sheet

P = ParamSpec("P")
PACKAGE = "harness.reports.sheets"

OWN_RECORD: Callable[[Any], object] = methodcaller("record")
"""For a report whose JSON is what the subject itself says."""


@dataclass(frozen=True)
class Report(Generic[P]):
    """One kind of report; calling it makes the sheet.

    The subject is the type of what it is about: ``Run``, ``Comparison``, …; empty where it is about nothing in
    particular. JSON has a `record` of the subject, or else the sheet's own cells; CSV the report `in_full`, if any.
    """

    name: str
    about: str
    subject: str
    make: Callable[P, Sheet]
    record: Callable[[Any], object] | None = None
    in_full: Report[[Any]] | None = None

    @property
    def of_run(self) -> bool:
        """Whether a run is all that it takes."""
        return self.subject == "Run"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Sheet:
        """The sheet."""
        return self.make(*args, **kwargs)


def report(
    *, record: Callable[[Any], object] | None = None, in_full: Report[[Any]] | None = None
) -> Callable[[Callable[P, Sheet]], Report[P]]:
    """Make a function that returns a sheet a `Report`; its name and docstring are the report's."""

    def made(make: Callable[P, Sheet]) -> Report[P]:
        about = " ".join((make.__doc__ or "").split("\n\n")[0].split())
        return Report(make.__name__, about, _subject(make), make, record, in_full)

    return made


def _subject(make: Callable[..., Sheet]) -> str:
    """The type of the first parameter, unless it may be left out."""
    first = next(iter(signature(make).parameters.values()), None)
    if first is None or first.default is not Parameter.empty:
        return ""
    return str(getattr(first.annotation, "__name__", first.annotation))


def names() -> list[str]:
    """Every report there is, sorted."""
    return module_names(PACKAGE)


def find(name: str) -> Report[Any]:
    """The report of that name.

    Raises `UnknownName` when there is none.
    """
    if name not in names():
        raise UnknownName("report", name, names())
    found: Report[Any] = namesake(f"{PACKAGE}.{name}", Report)
    return found
