"""The single changes that can be made to a case."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from backends.base import Suspect
from harness.config import Case
from harness.errors import LinbenchError
from harness.units import number_text

Kind = Literal["setting", "precision", "scaling", "columns"]

MOST_DROPPED = 4
"""Most dependent columns of which each is left out in turn."""


@dataclass(frozen=True, eq=False)
class Change:
    """A single change."""

    name: str
    """``"tol=0"``."""
    effect: str
    """Its effect, as a clause."""
    kind: Kind
    """Of a backend's setting, or of its data."""
    subject: str
    """The thing changed; two changes of the same subject cannot be combined."""
    apply: Callable[[Case], Case]
    """Maps a case to the changed one."""


def changes_of(case: Case, dependent: Sequence[str] = ()) -> list[Change]:
    """All changes of a case, without those that have no effect.

    Parameters
    ----------
    dependent : sequence of str
        Columns that depend on others; each is left out once.
    """
    found: list[Change] = []
    ids = {case.id}
    for each in _all(case, dependent):
        try:
            changed = each.apply(case).id
        except (LinbenchError, TypeError, ValueError):  # out of an option's bounds: not possible
            continue
        if changed not in ids:
            ids.add(changed)
            found.append(each)
    return found


def combined(changes: Sequence[Change], case: Case) -> Case:
    """The case with several changes made."""
    for each in changes:
        case = each.apply(case)
    return case


def _all(case: Case, dependent: Sequence[str]) -> Iterator[Change]:
    for suspect in type(case.backend.instance).suspects:
        yield _setting(suspect, getattr(case.backend.instance, suspect.option))
    if case.dtype == "float32":
        yield Change("float64", "computes in double precision", "precision", "dtype",
                     lambda each: replace(each, dtype="float64"))  # fmt: skip
    dataset = case.dataset.instance
    if dataset.scale == "none" and dataset.scale_target in ("same", "none") and dataset.l2 == 0:
        yield Change("scale=standard", "centres each column and divides it by its deviation", "scaling", "scale",
                     lambda each: _on(each, scale="standard"))  # fmt: skip
    names = _columns(case)
    if len(names) > 1:
        yield Change("columns reversed", "takes the columns from last to first", "columns", "order",
                     lambda each: _on(each, features=names[::-1]))  # fmt: skip
        for name in [each for each in dependent if each in names][:MOST_DROPPED]:
            yield _dropped(name, names)


def _setting(suspect: Suspect, current: Any) -> Change:
    value, name = suspect.value, suspect.option
    if suspect.times:
        value = current * value if isinstance(current, int | float) else current
        value = round(value) if isinstance(current, int) else float(f"{value:.12g}")
    shown = number_text(float(value)) if isinstance(value, float) else str(value).lower()

    def apply(case: Case) -> Case:
        return replace(case, backend=case.backend.changed(**{name: value}))

    return Change(f"{name}={shown}", suspect.effect, "setting", name, apply)


def _dropped(name: str, names: tuple[str, ...]) -> Change:
    rest = tuple(each for each in names if each != name)
    what = f"without {name}"
    return Change(what, "leaves out a column that depends on others", "columns", "order",
                  lambda case: _on(case, features=rest))  # fmt: skip


def _on(case: Case, **options: Any) -> Case:
    return replace(case, dataset=case.dataset.changed(**options))


def _columns(case: Case) -> tuple[str, ...]:
    """The features' names, where the dataset allows a selection."""
    dataset = case.dataset.instance
    if "features" not in {each.name for each in fields(dataset)} or vars(dataset).get("formula"):
        return ()
    names: tuple[str, ...] = dataset.table.features
    return () if any(re.search(r"\[T\.", name) for name in names) else names
