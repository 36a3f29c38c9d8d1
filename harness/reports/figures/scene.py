"""What every figure is drawn from: a run, its rows by dataset, and how each row looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.reports.figures.replay import Replays
from harness.reports.figures.style import Look, looks, rounded, safe
from harness.reports.table import Group, groups
from harness.units import number_text, seconds_text
from harness.results import Run

__all__ = ["Record", "Scene", "bars", "hover", "lost", "without"]

Record = Mapping[str, Any]

LONGEST_REASON = 120
"""Characters of a reason that a point tells; notes tell the whole."""


@dataclass(frozen=True)
class Scene:
    """One run to draw, among the runs that its history is made of.

    Attributes
    ----------
    run : Run
    paths : tuple of Path
        Of all the runs that the history is to show.
    replays : Replays
        Loads data again and goes descents' ways again, within a time limit.
    """

    run: Run
    paths: tuple[Path, ...]
    replays: Replays

    @cached_property
    def groups(self) -> list[Group]:
        """The rows by dataset."""
        return groups(self.run)

    @cached_property
    def looks(self) -> dict[str, Look]:
        """How each case is drawn."""
        return looks(row.plan for row in self.run.rows)

    def look(self, record: Record) -> Look:
        """How a row is drawn."""
        return self.looks[record["case"]]

    def rows(self, group: Group) -> list[Any]:
        """The rows behind a group's records, in the records' order."""
        found = {row.plan["case"]: row for row in self.run.rows}
        return [found[record["case"]] for record in group.records]


def hover(look: Look, record: Record) -> str:
    """What a point says of its row; safe for Plotly."""
    parts = [f"<b>{look.name}</b>", f"{record['status']}, {record['device']}, {record['dtype']}"]
    timed = record["seconds"]
    if timed:
        parts.append(_time(timed))
    if record["reason"]:
        parts.append(safe(record["reason"], LONGEST_REASON))
    if record["digits"] is not None:
        told = " (fitted values)" if record["judged_by"] == "fitted values" else ""
        parts.append(f"{record['digits']:.1f} correct digits{told}")
    if record["excess_loss"] is not None:
        parts.append(f"excess loss {number_text(record['excess_loss'], 2)}")
    return "<br>".join(parts)


def _time(timed: Record) -> str:
    text = seconds_text(timed["median"])
    if timed["samples"] == 1:
        return f"{text}, a single sample: no interval"
    what = "95 % of rounds" if timed["interval"] == "rounds" else "quartiles"
    return f"{text} ({what} {seconds_text(timed['low'])} – {seconds_text(timed['high'])}, {timed['samples']} samples)"


def bars(times: Sequence[Record], colour: str) -> dict[str, Any]:
    """Error bars from the rows' intervals; none at a single sample, which has no interval."""
    told = [each if each["samples"] > 1 else {**each, "low": each["median"], "high": each["median"]} for each in times]
    return {
        "type": "data",
        "symmetric": False,
        "array": rounded(max(each["high"] - each["median"], 0.0) for each in told),
        "arrayminus": rounded(max(each["median"] - each["low"], 0.0) for each in told),
        "color": colour,
        "thickness": 1,
        "width": 3,
    }


def lost(look: Look, record: Record, x: float, y: float, text: str, position: str = "middle left") -> dict[str, Any]:
    """The mark of a row that has no number to be drawn by: hollow, with its status beside it."""
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": look.name,
        "legendgroup": look.name,
        "x": [x],
        "y": [y],
        "cliponaxis": False,
        "marker": look.marker(symbol=f"{look.symbol}-open"),
        "text": [safe(text)],
        "textposition": position,
        "textfont": {"size": 10},
        "hovertext": [hover(look, record)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def without(records: Sequence[Record], scene: Scene, what: str) -> tuple[str, ...]:
    """One note on the rows that have no number to be drawn by; plain text."""
    if not records:
        return ()
    told = "; ".join(f"{scene.look(each).label}: {_status(each)}" for each in records)
    return (f"Without {what}: {told}.",)


def _status(record: Record) -> str:
    return f"{record['status']} ({record['reason']})" if record["reason"] else str(record["status"])
