"""The table of a run: built once from its rows, then laid out as text, Markdown or CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from harness.compare.within import letters, ratio
from harness.units import ABSENT, bytes_text, coefficients_text, number_text, ratio_text, seconds_text
from harness.results import Row, Run
from harness.results.measurement import SEVERITY

__all__ = ["Group", "as_csv", "as_markdown", "as_text", "columns_of", "groups", "markdown_text"]

Record = Mapping[str, Any]

MOST_BUSY = 1.2
"""Processors kept busy, over the plan's threads, from which some pool must have had more of them."""

STYLES = {"ok": "green", "not_converged": "yellow", "unsupported": "dim", "missing": "dim"}
"""Terminal colours of a status; every other one is red."""


class Column(NamedTuple):
    """A column: its heading, the text of a cell, and how early it gives way on a narrow terminal (0: never)."""

    heading: str
    text: Callable[[Record], str]
    gives_way: int = 0
    left: bool = False


def _time(record: Record) -> str:
    return seconds_text(record["seconds"] and record["seconds"]["median"])


def _interval(kind: str) -> Callable[[Record], str]:
    def text(record: Record) -> str:
        timed = record["seconds"]
        if not timed or timed["samples"] < 2 or timed["interval"] != kind:
            return ABSENT
        return f"{seconds_text(timed['low'])} – {seconds_text(timed['high'])}"

    return text


def _ratio(record: Record) -> str:
    text = ratio_text(record["ratio"])
    if record["ratio_low"] is None:
        return f"{text} {record['alike']}".rstrip()
    half = math.sqrt(record["ratio_high"] / record["ratio_low"]) - 1
    return f"{text} ± {100 * half:.{1 if half < 0.0995 else 0}f} % {record['alike']}".rstrip()


def _digits(record: Record) -> str:
    if record["digits"] is None:
        return ABSENT
    return f"{record['digits']:.1f}{'*' if record['ill_posed'] else ''}"


COLUMNS = (
    Column("backend", lambda r: r["backend_label"], left=True),
    Column("device", lambda r: r["device"], left=True),
    Column("dtype", lambda r: r["dtype"], left=True),
    Column("environment", lambda r: r["environment"], left=True),
    Column("status", lambda r: r["status"], left=True),
    Column("intercept", lambda r: number_text(r["intercept"], 8), 2),
    Column("coefficients", lambda r: coefficients_text(r["coef"]), 2, left=True),
    Column("digits", _digits),
    Column("largest difference", lambda r: number_text(r["max_difference"], 2), 6),
    Column("loss, train", lambda r: number_text(r["loss_train"]), 3),
    Column("loss, test", lambda r: number_text(r["loss_test"]), 7),
    Column("excess loss", lambda r: number_text(r["excess_loss"], 2), 8),
    Column("epochs", lambda r: ABSENT if r["iterations"] is None else str(r["iterations"]), 1),
    Column("time, median", _time),
    Column("quartiles", _interval("quartiles"), 5),
    Column("95 % of rounds", _interval("rounds"), 5),
    Column("× fastest", _ratio),
    Column("peak memory", lambda r: bytes_text(r["peak_memory_bytes"]), 4),
)


@dataclass(frozen=True)
class Group:
    """The rows of one dataset.

    Attributes
    ----------
    title : str
        The dataset with its options.
    records : tuple of mapping
        `Row.record` of each, with ``backend_label``, the ratio to the group's fastest, its interval where there are
        rounds enough, and the letters of those it cannot be told apart from.
    notes : tuple of str
        Why a row's status is not ``ok``, and what else a reader must know.
    """

    title: str
    records: tuple[Record, ...]
    notes: tuple[str, ...]


def groups(run: Run) -> list[Group]:
    """The run's rows by dataset, in the suite's order.

    Within a dataset the fastest stands first among those that are ``ok``, then those that did not converge, then the
    rest; times are told as ratios to the fastest that is ``ok``, for an answer that was not reached is no measure.
    """
    threads = run.header["plan"].get("threads", 1)
    datasets = groupby(run.rows, key=lambda row: row.plan["dataset_label"])
    return [_group(label, list(rows), threads) for label, rows in datasets]


def _group(label: str, rows: list[Row], threads: int) -> Group:
    timed = [(row, found["median"]) for row in rows if (found := row.seconds())]
    finished = [pair for pair in timed if pair[0].status == "ok"]
    fastest = min(finished or timed, key=lambda pair: pair[1], default=None)
    marks = dict(zip((row.plan["case"] for row, _ in finished), letters([row for row, _ in finished]), strict=True))
    records = [
        {
            **row.record(),
            "backend_label": row.plan["backend_label"],
            **_to_fastest(row, fastest),
            "alike": marks.get(row.plan["case"], ""),
        }
        for row in rows
    ]
    records.sort(key=lambda r: (SEVERITY[r["status"]], r["ratio"] or 0.0))
    return Group(label, tuple(records), tuple(_notes(records, threads)))


def _to_fastest(row: Row, fastest: tuple[Row, float] | None) -> dict[str, float | None]:
    own = row.seconds()
    if fastest is None or own is None or not fastest[1]:
        return dict.fromkeys(("ratio", "ratio_low", "ratio_high"))
    base, median = fastest
    within = ratio(row, base) if row is not base else None
    if within is None:
        return {"ratio": own["median"] / median, "ratio_low": None, "ratio_high": None}
    return {"ratio": within.ratio, "ratio_low": within.low, "ratio_high": within.high}


def _notes(records: Sequence[Record], threads: int) -> Iterator[str]:
    whose: dict[str, list[str]] = {}
    for record in records:
        name = " ".join([record["backend_label"], *(record[column.heading] for column in _telling(records))])
        if record["reason"]:
            whose.setdefault(f"{record['status']}: {record['reason']}", []).append(name)
        if record["differing_fits"]:
            whose.setdefault("its fits differed from sample to sample; the worst is shown", []).append(name)
        if record["seconds"] and record["seconds"]["noisy"]:
            whose.setdefault("noisy: the machine was busy while it was measured, see `linbench doctor`", []).append(
                name
            )
        if told := _too_many_threads(record, threads):
            whose.setdefault(told, []).append(name)
    for note, names in whose.items():
        yield f"{', '.join(names)}: {note}"
    if any(record["ill_posed"] for record in records):
        yield "* the data do not determine the coefficients in this precision: judged by fitted values"
    if any(record["alike"] for record in records):
        yield "× fastest with its 95 % interval over rounds; times that share a letter cannot be told apart"


def _too_many_threads(record: Record, threads: int) -> str:
    """How the row broke the plan's number of threads, which makes its time no equal's; empty when it kept to it."""
    astray = [f"{name} had {many} threads" for name, many in record["pools"].items() if many > threads]
    if not astray and record["device"] == "cpu" and (record["processors"] or 0.0) > MOST_BUSY * threads:
        astray = [f"kept {record['processors']:.1f} processors busy"]
    return f"{', '.join(astray)} where the plan had {threads}" if astray else ""


def _telling(records: Sequence[Record]) -> list[Column]:
    """Of the columns that say where a case ran, those that tell rows apart."""
    where = [column for column in COLUMNS if column.heading in ("device", "dtype", "environment")]
    return [column for column in where if len({column.text(record) for record in records}) > 1]


def columns_of(group: Group) -> list[Column]:
    """The columns that say something of this group."""
    telling = _telling(group.records)
    return [
        column
        for column in COLUMNS
        if column in telling
        or (
            column.heading not in ("device", "dtype", "environment")
            and any(column.text(record) != ABSENT for record in group.records)
        )
    ]


def as_text(run: Run, console: Console) -> None:
    """Print the table on a console, leaving out columns where it is too narrow for all of them."""
    for group in groups(run):
        cells = {column: [column.text(record) for record in group.records] for column in columns_of(group)}
        left_out = _left_out(cells, console.width)
        shown = {column: texts for column, texts in cells.items() if column not in left_out}
        console.print(Text("\n").join(_lines(group, shown)), soft_wrap=True)
        for note in group.notes:
            console.print(Text(f"  {note}", style="dim"), soft_wrap=True)
        if left_out:
            told = ", ".join(column.heading for column in left_out)
            console.print(Text(f"  (too narrow for: {told})", style="dim"), soft_wrap=True)
        console.print()


def _left_out(cells: Mapping[Column, Sequence[str]], width: int) -> list[Column]:
    """The columns that give way, the first to go first, until the rest fit; 3 characters stand between two."""
    widths = {column: max(map(cell_len, [column.heading, *texts])) for column, texts in cells.items()}
    left_out: list[Column] = []
    for column in sorted(cells, key=lambda column: column.gives_way, reverse=True):
        if not column.gives_way or sum(widths.values()) + 3 * len(widths) + 1 <= width:
            break
        left_out.append(column)
        del widths[column]
    return left_out


def _lines(group: Group, cells: Mapping[Column, Sequence[str]]) -> Iterator[Text]:
    """The table laid out. Rich's own takes half a second over 500 rows, most of it for wrapping what never wraps."""
    padded = {column: _padded([column.heading, *texts], left=column.left) for column, texts in cells.items()}
    heads = [texts[0] for texts in padded.values()]
    yield Text(group.title, style="bold")
    yield Text()
    yield Text("  " + "   ".join(heads), style="bold")
    yield Text(" " + "─" * (sum(map(cell_len, heads)) + 3 * len(heads) - 1))
    before = [column.heading for column in padded].index("status")
    place = 2 + sum(cell_len(head) + 3 for head in heads[:before])
    for record, *texts in zip(group.records, *(texts[1:] for texts in padded.values()), strict=True):
        line = Text("  " + "   ".join(texts))
        line.stylize(STYLES.get(record["status"], "red"), place, place + len(record["status"]))
        yield line


def _padded(texts: Sequence[str], *, left: bool) -> list[str]:
    """Texts made equally wide, with spaces on the side that they are not flush with."""
    widths = [cell_len(text) for text in texts]
    widest = max(widths)
    spaces = [" " * (widest - width) for width in widths]
    return [text + space if left else space + text for text, space in zip(texts, spaces, strict=True)]


def as_markdown(run: Run) -> str:
    """The table with all its columns, in Markdown."""
    lines: list[str] = []
    for group in groups(run):
        columns = columns_of(group)
        lines += [f"### {markdown_text(group.title)}", ""]
        lines.append("| " + " | ".join(column.heading for column in columns) + " |")
        lines.append("| " + " | ".join("---" if column.left else "---:" for column in columns) + " |")
        lines += [
            "| " + " | ".join(markdown_text(column.text(record)) for column in columns) + " |"
            for record in group.records
        ]
        lines += ["", *(f"- {markdown_text(note)}" for note in group.notes), *([""] if group.notes else [])]
    return "\n".join(lines).rstrip() + "\n"


def markdown_text(text: str) -> str:
    """Text that means nothing in Markdown but itself."""
    for special in "\\|*<`":
        text = text.replace(special, f"\\{special}")
    return text


def as_csv(run: Run) -> str:
    """Every row with every number in full; text that a spreadsheet would run as a formula is quoted with ``'``."""
    out = io.StringIO()
    records = [_flat(record) for group in groups(run) for record in group.records]
    writer = csv.DictWriter(out, fieldnames=list(records[0]) if records else ["case"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def _flat(record: Record) -> dict[str, Any]:
    """One level: lists as text with spaces, seconds.median as its own column."""
    keys = ("median", "low", "high", "samples", "rounds", "noisy", "first_call", "prepare")
    timed = record["seconds"] or dict.fromkeys(keys)
    flat = {
        key: value
        for key, value in record.items()
        if key not in ("seconds", "options", "dataset_options", "backend_label")
    }
    flat |= {f"seconds_{key}": value for key, value in timed.items() if key != "interval"}
    return {key: _csv_cell(value) for key, value in flat.items()}


def _csv_cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return " ".join("" if each is None else repr(each) for each in value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
