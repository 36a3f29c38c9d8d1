"""The descents of a run, and which rows form a sweep over the number of epochs."""

import json
from collections.abc import Iterator, Sequence

from harness.results import Descent, Row


def descent_of(row: Row) -> Descent | None:
    """The descent that the row recorded, if any."""
    return next((each.descent for each in row.measurements if each.descent), None)


def sweeps(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """Groups of rows of one dataset that differ only in the epochs they were allowed, the fewest first.

    The option's name differs between backends. It is the option that equals the epochs of a row, except for rows that
    stopped earlier.
    """
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        for key, others in _integer_options(row):
            found.setdefault(others, {})[row.case.options[key]] = row
    several = [dict(sorted(members.items())) for members in found.values() if len(members) > 1]
    return [tuple(members.values()) for members in several if _allows_epochs(members)]


def _integer_options(row: Row) -> Iterator[tuple[str, str]]:
    """Each integer option of an iterative row, with a key made of everything else."""
    if row.worst.iterations is None:
        return
    case = row.case
    where = [case.dataset_label, case.backend, case.device, case.dtype, case.environment]
    for key, value in case.options.items():
        if type(value) is int:
            rest = {name: each for name, each in case.options.items() if name != key}
            yield key, json.dumps([where, key, rest], sort_keys=True, default=str)


def _allows_epochs(members: dict[int, Row]) -> bool:
    used = {allowed: row.worst.iterations or 0 for allowed, row in members.items()}
    most = max(used.values())
    return len(set(used.values())) > 1 and all(epochs == min(allowed, most) for allowed, epochs in used.items())


def drawn_descents(rows: Sequence[Row]) -> list[tuple[Row, Descent]]:
    """The descents to draw: only the longest of a sweep, because the others are its beginning."""
    descents = {row.case.id: descent for row in rows if (descent := descent_of(row)) and descent.epochs}
    hidden: set[str] = set()
    for sweep in sweeps(rows):
        recorded = [row for row in reversed(sweep) if row.case.id in descents]
        longest = max(recorded, key=lambda row: row.worst.iterations or 0, default=None)
        hidden |= {row.case.id for row in recorded if row is not longest}
    return [(row, descents[row.case.id]) for row in rows if row.case.id in descents and row.case.id not in hidden]
