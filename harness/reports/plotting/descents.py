"""Descents of a run: what a row recorded of its way to the answer, and which rows are one sweep of epochs."""

import json
from collections.abc import Iterator, Sequence

from harness.results import Descent, Row


def descent_of(row: Row) -> Descent | None:
    """The descent that the row recorded; None where it recorded none."""
    return next((each.descent for each in row.measurements if each.descent), None)


def sweeps(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """Rows of one dataset that differ in nothing but how many epochs they were allowed, the fewest first.

    The option that allows them is not known by name: it is the one that equals the epochs that a row went through,
    except for rows that came to rest earlier.
    """
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        for key, others in _integer_options(row):
            found.setdefault(others, {})[row.case.options[key]] = row
    several = [dict(sorted(members.items())) for members in found.values() if len(members) > 1]
    return [tuple(members.values()) for members in several if _allows_epochs(members)]


def _integer_options(row: Row) -> Iterator[tuple[str, str]]:
    """Each whole-number option of an iterative row, with all else that the row is."""
    if row.worst.iterations is None:
        return
    case = row.case
    where = [case.dataset_label, case.backend, case.device, case.dtype, case.environment]
    for key, value in case.options.items():
        if type(value) is int:
            rest = {name: each for name, each in case.options.items() if name != key}
            yield key, json.dumps([where, key, rest], sort_keys=True, default=str)


def _allows_epochs(members: dict[int, Row]) -> bool:
    went = {allowed: row.worst.iterations or 0 for allowed, row in members.items()}
    most = max(went.values())
    return len(set(went.values())) > 1 and all(epochs == min(allowed, most) for allowed, epochs in went.items())


def drawn_descents(rows: Sequence[Row]) -> list[tuple[Row, Descent]]:
    """The descents to draw: of a sweep the longest alone, because the others are its beginning."""
    descents = {row.case.id: descent for row in rows if (descent := descent_of(row)) and descent.epochs}
    hidden: set[str] = set()
    for sweep in sweeps(rows):
        recorded = [row for row in reversed(sweep) if row.case.id in descents]
        longest = max(recorded, key=lambda row: row.worst.iterations or 0, default=None)
        hidden |= {row.case.id for row in recorded if row is not longest}
    return [(row, descents[row.case.id]) for row in rows if row.case.id in descents and row.case.id not in hidden]
