"""Reports, found by name.

Each other module here is a report: a function named like the file and marked with `report`, which returns a
`harness.reports.sheet.Sheet` about its first parameter.
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
"""For a report whose JSON is the subject's own `record`."""


@dataclass(frozen=True)
class Report(Generic[P]):
    """One kind of report; calling it makes the sheet.

    The subject is the type of its first argument: ``Run``, ``Comparison``, …; empty if it needs none. JSON is the
    `record` of the subject, or else the sheet's cells; CSV is the report `in_full`, if there is one.
    """

    name: str
    about: str
    subject: str
    make: Callable[P, Sheet]
    record: Callable[[Any], object] | None = None
    in_full: Report[[Any]] | None = None

    @property
    def of_run(self) -> bool:
        """Whether it is a report of a run."""
        return self.subject == "Run"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Sheet:
        """The sheet."""
        return self.make(*args, **kwargs)


def report(
    *, record: Callable[[Any], object] | None = None, in_full: Report[[Any]] | None = None
) -> Callable[[Callable[P, Sheet]], Report[P]]:
    """Turn a function that returns a sheet into a `Report` with its name and docstring."""

    def made(make: Callable[P, Sheet]) -> Report[P]:
        about = " ".join((make.__doc__ or "").split("\n\n")[0].split())
        return Report(make.__name__, about, _subject(make), make, record, in_full)

    return made


def _subject(make: Callable[..., Sheet]) -> str:
    """The type of the first parameter; empty if that is optional."""
    first = next(iter(signature(make).parameters.values()), None)
    if first is None or first.default is not Parameter.empty:
        return ""
    return str(getattr(first.annotation, "__name__", first.annotation))


def names() -> list[str]:
    """All reports, sorted."""
    return module_names(PACKAGE)


def find(name: str) -> Report[Any]:
    """The report of that name.

    Raises `UnknownName` when there is none.
    """
    if name not in names():
        raise UnknownName("report", name, names())
    found: Report[Any] = namesake(f"{PACKAGE}.{name}", Report)
    return found
