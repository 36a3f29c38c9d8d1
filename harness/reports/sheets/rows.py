"""Every number of every case, in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from harness.reports.ranking import RankedRow, ranked
from harness.reports.sheet import Column, Sheet, Table
from harness.reports.sheets.base import report
from harness.results import Row, Run, Timing

__all__ = ["flat", "rows"]

LEFT_OUT = ("options", "dataset_options", "seconds_interval")


@report()
def rows(run: Run) -> Sheet:
    """Every number of every case in full, one line per case."""
    records = [_record(each) for group in ranked(run) for each in group.rows]
    columns = tuple(_column(name) for name in (records[0] if records else ["case"]))
    return Sheet((Table("", columns, tuple(tuple(each.cell(record) for each in columns) for record in records)),))


def flat(row: Row) -> dict[str, Any]:
    """A row's record on one level: ``seconds_median`` for ``seconds.median``, and so on."""
    record = row.record()
    timed = record.pop("seconds") or dict.fromkeys(each.name for each in fields(Timing))
    return {**record, **{f"seconds_{key}": value for key, value in timed.items()}}


def _record(each: RankedRow) -> dict[str, Any]:
    ratio, low, high = each.ratio or (None, None, None)
    within = {"ratio": ratio, "ratio_low": low, "ratio_high": high, "alike": each.alike}
    return {key: value for key, value in {**flat(each.row), **within}.items() if key not in LEFT_OUT}


def _column(name: str) -> Column[Mapping[str, Any]]:
    return Column(name, name, lambda record: record[name], wraps=True)
