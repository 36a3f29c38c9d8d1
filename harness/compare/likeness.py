"""May two figures be compared at all? Over other data, options or threads they are different experiments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.results import Row, Run

__all__ = ["another_machine", "another_protocol", "fingerprints", "new_options", "threads", "unlike"]

FIRST_CONTROL = "numpy-4x200x200"
"""The control kernel of runs that do not name theirs."""


def unlike(old: Row, new: Row, old_threads: object, new_threads: object) -> str:
    """Why two rows of a case are no answers to the same question; empty when they are."""
    return "; ".join(_differences(old, new, old_threads, new_threads))


def _differences(old: Row, new: Row, old_threads: object, new_threads: object) -> Iterator[str]:
    data, again = fingerprints(old), fingerprints(new)
    if data and again and data != again:
        yield f"different data (fingerprint {_brief(data)}, now {_brief(again)})"
    for table, what in (("options", "option"), ("dataset_options", "dataset option")):
        before, after = old.plan.get(table, {}), new.plan.get(table, {})
        for name in sorted({*before} & {*after}):
            if before[name] != after[name]:
                yield f"{what} {name} was {before[name]!r}, now {after[name]!r}"
    for key in ("device", "dtype", "environment"):
        if old.plan.get(key) != new.plan.get(key):
            yield f"{key} was {old.plan.get(key)}, now {new.plan.get(key)}"
    if old_threads != new_threads:
        yield f"threads were {old_threads}, now {new_threads}"


def fingerprints(row: Row) -> frozenset[str]:
    """Of the data a cell was given; one that failed before it had any has none: that speaks for its status alone."""
    return frozenset(each.data for each in row.measurements if each.data)


def _brief(data: frozenset[str]) -> str:
    return " and ".join(sorted(each[:8] for each in data))


def new_options(old: Row, new: Row) -> str:
    """Options that only one side knows, which says nothing against comparing; empty when there is none."""
    told = []
    for table in ("options", "dataset_options"):
        before, after = old.plan.get(table, {}), new.plan.get(table, {})
        told += [f"{name}={after[name]!r} is an option it did not have" for name in sorted({*after} - {*before})]
        told += [f"{name}={before[name]!r} is an option no longer" for name in sorted({*before} - {*after})]
    return "; ".join(told)


def threads(run: Run) -> object:
    """Threads of every pool, as planned."""
    return run.header.get("plan", {}).get("threads")


def another_protocol(old: Run, new: Run) -> str:
    """Why times of two runs were not taken in the same way; empty when they were."""
    before, after = _protocol(old.header), _protocol(new.header)
    changed = [f"{key} was {before[key]}, now {after[key]}" for key in before if before[key] != after[key]]
    return "; ".join(changed)


def _protocol(header: Mapping[str, Any]) -> dict[str, object]:
    return {
        "run format": header.get("linbench"),
        "control kernel": header.get("control", FIRST_CONTROL),
        "timing protocol": header.get("protocol", 1),
    }


def another_machine(old: Run, new: Run) -> bool:
    """Whether the machines are known to differ in what lasts: processor, cores, system."""
    ids = [run.header.get("machine", {}).get("id") for run in (old, new)]
    return None not in ids and ids[0] != ids[1]
