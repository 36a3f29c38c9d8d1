"""Two runs side by side: what changed first, then how much of the rest could be seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.compare import CaseVerdict, Comparison, Judgement
from harness.reports.table import markdown_text
from harness.units import ABSENT, bytes_text, number_text, seconds_text

__all__ = ["as_markdown", "as_text", "rows", "summary"]

COLUMNS = ("case", "number", "before", "now", "change", "interval", "verdict", "why")
RELATIVE = ("seconds", "memory", "loss_train")
STYLES = {"worse": "bold red", "gone": "bold red", "better": "green", "same": "dim"}


def rows(comparison: Comparison, *, everything: bool = False) -> Iterator[tuple[str, ...]]:
    """A row for every number that is not the same (or for every number), as texts in the order of `COLUMNS`."""
    for case in comparison.cases:
        if not case.judgements:
            yield (case.case, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, case.verdict, case.reason)
        for each in case.judgements:
            if everything or each.verdict != "same":
                yield _row(case, each)


def _row(case: CaseVerdict, each: Judgement) -> tuple[str, ...]:
    why = "; ".join(part for part in (each.reason, *case.notes) if part)
    if each.visible is not None and each.verdict in ("same", "undecided"):
        least = f"{each.visible:.1%}" if each.kind in RELATIVE else f"{each.visible:.2g}"
        why = "; ".join(part for part in (f"could not see under {least}", why) if part)
    before, now = (_figure(each.kind, value) for value in (each.old, each.new))
    return case.case, each.kind, before, now, _effect(each), _interval(each), each.verdict, why


def _figure(kind: str, value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    if kind == "seconds":
        return seconds_text(value)
    return bytes_text(value) if kind == "memory" else number_text(value)


def _effect(each: Judgement) -> str:
    if each.effect is None:
        return ABSENT
    return f"{each.effect:+.1%}" if each.kind in RELATIVE else f"{each.effect:+.3g}"


def _interval(each: Judgement) -> str:
    if each.low is None or each.high is None:
        return ABSENT
    return f"{each.low:+.1%} … {each.high:+.1%}" if each.kind in RELATIVE else f"{each.low:.3g} … {each.high:.3g}"


def summary(comparison: Comparison) -> str:
    """One line: how many cases got which verdict."""
    counts = Counter(case.verdict for case in comparison.cases)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) or "no case"
    return f"{comparison.old} → {comparison.new}: {comparison.verdict} ({told})"


def as_text(comparison: Comparison, console: Console, *, everything: bool = False) -> None:
    """Print it on a console."""
    table = RichTable(box=box.SIMPLE_HEAD)
    for column in COLUMNS:
        table.add_column(column, overflow="fold", justify="right" if column in ("before", "now", "change") else "left")
    found = list(rows(comparison, everything=everything))
    for row in found:
        style = STYLES.get(row[COLUMNS.index("verdict")], "yellow")
        table.add_row(
            *(Text(text, style=style if column == "verdict" else "") for column, text in zip(COLUMNS, row, strict=True))
        )
    if found:
        console.print(table)
    for note in comparison.notes:
        console.print(Text(note), soft_wrap=True)
    console.print(Text(summary(comparison), style="bold"), soft_wrap=True)


def as_markdown(comparison: Comparison, *, everything: bool = False) -> str:
    """Lay it out in Markdown, for a pull request."""
    lines = [f"**{markdown_text(summary(comparison))}**", ""]
    found = list(rows(comparison, everything=everything))
    if found:
        lines += ["| " + " | ".join(COLUMNS) + " |", "| " + " | ".join("---" for _ in COLUMNS) + " |"]
        lines += ["| " + " | ".join(map(markdown_text, row)) + " |" for row in found]
    lines += ["", *(f"- {markdown_text(note)}" for note in comparison.notes)]
    return "\n".join(lines).rstrip() + "\n"
