"""Whether two numbers can be compared at all: with other data, options or threads they are different experiments."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from harness.environments import EnvironmentRecord
from harness.environments.requirements import is_direct
from harness.results import Row, Run
from harness.results.run import versions_of

PLACES = frozenset({"folder", "source", "yields"})
"""Options that are paths: the data's fingerprint shows what is there, or nothing does."""


def unlike(old: Row, new: Row, old_threads: int, new_threads: int) -> str:
    """Why two rows of a case cannot be compared; empty when they can."""
    return "; ".join(_differences(old, new, old_threads, new_threads))


def _differences(old: Row, new: Row, old_threads: int, new_threads: int) -> Iterator[str]:
    for row, side in ((old, "old"), (new, "new")):
        if len(row.fingerprints) > 1:
            yield f"the {side} run mixes different data (fingerprints {_brief(row.fingerprints)})"
    if old.fingerprints and new.fingerprints and old.fingerprints != new.fingerprints:
        yield f"different data (fingerprint {_brief(old.fingerprints)}, now {_brief(new.fingerprints)})"
    for what, before, after in _option_tables(old, new):
        for name in sorted({*before} & {*after}):
            if before[name] != after[name]:
                yield f"{what} {name} was {before[name]!r}, now {after[name]!r}"
    for key in ("device", "dtype", "environment"):
        before, after = getattr(old.case, key), getattr(new.case, key)
        if before != after:
            yield f"{key} was {before}, now {after}"
    if old_threads != new_threads:
        yield f"threads were {old_threads}, now {new_threads}"


def _option_tables(old: Row, new: Row) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    for what, *tables in (
        ("option", old.case.options, new.case.options),
        ("dataset option", old.case.dataset_options, new.case.dataset_options),
    ):
        before, after = ({name: table[name] for name in table if name not in PLACES} for table in tables)
        yield what, before, after


def _brief(data: frozenset[str]) -> str:
    return " and ".join(sorted(each[:8] for each in data))


def new_options(old: Row, new: Row) -> str:
    """Options that only one side has, which does not prevent a comparison; empty when there are none."""
    found: list[str] = []
    for _, before, after in _option_tables(old, new):
        found += [f"{name}={after[name]!r} is a new option" for name in sorted({*after} - {*before})]
        found += [f"{name}={before[name]!r} is no longer an option" for name in sorted({*before} - {*after})]
    return "; ".join(found)


def another_protocol(old: Run, new: Run) -> str:
    """Why times of two runs were not measured in the same way; empty when they were."""
    before, after = old.header, new.header
    names = {"control kernel": (before.control, after.control), "timing protocol": (before.protocol, after.protocol)}
    return "; ".join(f"{name} was {was}, now {now}" for name, (was, now) in names.items() if was != now)


def another_machine(old: Collection[str], new: Collection[str]) -> bool:
    """Whether machines, by their ids, are known to differ in permanent properties: processor, cores, system."""
    return bool(old and new) and len({*old, *new}) > 1


def unchanged(pairs: Mapping[str, tuple[Row, Row]], old: Run, new: Run) -> frozenset[str]:
    """The cases whose program is known to be the same in both runs, so that their times show the session's effect.

    By the versions that the workers imported; an environment made from a URL or a path may hold anything. Where every
    case seems the same, none counts: a library in development keeps its version while its code changes.
    """
    places = [{each.name: each for each in run.header.environments} for run in (old, new)]
    same = {
        case
        for case, (before, after) in pairs.items()
        if _versions(before)
        and _versions(before) == _versions(after)
        and _fixed(places[0].get(before.case.environment), places[1].get(after.case.environment))
    }
    return frozenset(same) if len(same) < len(pairs) else frozenset()


def _versions(row: Row) -> dict[str, str]:
    return versions_of(row.measurements)


def _fixed(old: EnvironmentRecord | None, new: EnvironmentRecord | None) -> bool:
    return old == new and (old is None or not (old.other_backends or any(map(is_direct, old.requires))))
