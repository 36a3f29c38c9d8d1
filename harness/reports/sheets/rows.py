"""Every number of every case, in full."""

from collections.abc import Mapping
from dataclasses import fields
from operator import itemgetter
from typing import Any

from harness.reports.ranking import RankedRow, ranked
from harness.reports.sheet import Column, Sheet, Table
from harness.reports.sheets.base import report
from harness.results import Run, Timing

LEFT_OUT = ("options", "dataset_options", "seconds_interval")


@report()
def rows(run: Run) -> Sheet:
    """Every number of every case in full, one line per case."""
    records = [_record(each) for group in ranked(run) for each in group.rows]
    columns: list[Column[Mapping[str, Any]]] = [
        Column(name, name, itemgetter(name), left=isinstance(example, str), wraps=True)
        for name, example in (records[0] if records else {"case": ""}).items()
    ]
    return Sheet((Table.whole(columns, records),))


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a row without nesting: ``seconds_median`` for ``seconds.median``, and so on."""
    timed = record["seconds"] or dict.fromkeys(each.name for each in fields(Timing))
    rest = {key: value for key, value in record.items() if key != "seconds"}
    return {**rest, **{f"seconds_{key}": value for key, value in timed.items()}}


def _record(each: RankedRow) -> dict[str, Any]:
    ratio, low, high = each.ratio or (None, None, None)
    within = {"ratio": ratio, "ratio_low": low, "ratio_high": high, "alike": each.alike}
    found = flat({**each.row.record(), **within})
    return {key: value for key, value in found.items() if key not in LEFT_OUT}
