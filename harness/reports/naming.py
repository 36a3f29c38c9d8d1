"""How a case is named among others: its backend, and where it ran as far as that tells it from them."""

from collections.abc import Iterable, Sequence

from harness.config import CaseKey

PLACES = ("device", "dtype", "environment")
"""What says where a case ran, in the order that names have it."""


def differing(cases: Iterable[CaseKey]) -> tuple[str, ...]:
    """Of `PLACES`, those that are not the same in all of these cases."""
    cases = list(cases)
    return tuple(place for place in PLACES if len({getattr(case, place) for case in cases}) > 1)


def short_name(case: CaseKey, places: Sequence[str], label: str | None = None) -> str:
    """The backend with its options (or another label), and these places."""
    return " ".join([case.backend_label if label is None else label, *(getattr(case, place) for place in places)])


def case_names(cases: Iterable[CaseKey]) -> dict[str, str]:
    """The name of each case by its id: the backend with its options, and the places that tell it from its like."""
    cases = list(cases)
    alike: dict[str, list[CaseKey]] = {}
    for case in cases:
        alike.setdefault(case.backend_label, []).append(case)
    places = {label: differing(found) for label, found in alike.items()}
    return {case.id: short_name(case, places[case.backend_label]) for case in cases}
