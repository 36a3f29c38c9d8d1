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
