"""The verb that compares two runs, or two commits: compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.command import app
from harness.cli.options import (
    RESULTS,
    AllOption,
    FormatOption,
    LevelOption,
    MarginOption,
    OnlyOption,
    ResultsOption,
)
from harness.cli.output import end, put_report, say
from harness.cli.stores import progress_of, recent_runs, store_at
from harness.errors import NothingToShow, UsageError
from harness.limits import MOST_ROUNDS
from harness.units import count_text

if TYPE_CHECKING:
    from harness.compare import Comparison
    from harness.results import Run, Store

ROUNDS = 12
"""Of two commits that are measured: enough for a slowdown of a few per cent to be seen."""


@app.command()
def compare(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Two runs: paths, ids, or 'latest'. With --rev: a suite.", metavar="RUN RUN | SUITE"),
    ] = None,
    rev: Annotated[
        list[str] | None, typer.Option(help="A commit to measure; give two, the old one first.", metavar="REV")
    ] = None,
    only: OnlyOption = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, max=MOST_ROUNDS, help="With --rev: rounds in place of 12.")
    ] = None,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    everything: AllOption = False,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Compare two runs, or the backends of two commits, which are measured now in turn.

    Shows each difference with its interval and verdict. Exit code 1: something is worse.
    """
    from harness.compare import Thresholds
    from harness.compare import compare as compare_runs

    store, thresholds = store_at(results), Thresholds(level=level, margin=margin)
    if rev:
        before, now = _measured_revisions(names or [], rev, store, only=only or [], rounds=rounds)
        found = compare_runs(before, now, thresholds, side_by_side=True)
    else:
        before, now = _two_runs(names or [], store, only=only or [], rounds=rounds)
        found = compare_runs(before, now, thresholds, history=recent_runs(store))
    end_comparison(found, layout, everything=everything)


def _two_runs(names: list[str], store: Store, *, only: list[str], rounds: int | None) -> tuple[Run, Run]:
    if only or rounds:
        raise UsageError(f"{'--only' if only else '--rounds'} is for --rev, which measures; two runs stay as they are")
    if len(names) != 2:
        got = count_text(len(names), "run")
        raise UsageError(f"compare: got {got}, wanted two of them, or two commits as --rev OLD --rev NEW")
    return store.load(names[0]), store.load(names[1])


def _measured_revisions(
    names: list[str], rev: list[str], store: Store, *, only: list[str], rounds: int | None
) -> tuple[Run, Run]:
    from harness.config import load_suite, narrowed
    from harness.machine import commit_of
    from harness.revisions import measure_revisions

    if len(rev) != 2:
        raise UsageError(f"compare: got {len(rev)} --rev, wanted two: --rev OLD --rev NEW")
    if len(names) > 1:
        raise UsageError(f"compare: got runs ({', '.join(names)}) and --rev, wanted one or the other")
    suite = load_suite(names[0] if names else "default")
    chosen = narrowed(suite, only=only, rounds=rounds or max(suite.plan.rounds, ROUNDS))
    if not chosen.cases:
        raise NothingToShow(f"{chosen.path}: nothing to measure: no case matches {' or '.join(map(repr, only))}")
    here = commit_of(Path.cwd())
    if here is not None and here.dirty:
        say("linbench: the checkout has uncommitted changes; they are not measured")
    with progress_of(store, [f"{suite.name}-revisions"], suite.plan.seconds) as progress:
        return measure_revisions(chosen, {"old": rev[0], "new": rev[1]}, store, progress)


def end_comparison(found: Comparison, layout: str, *, everything: bool) -> None:
    """Print a comparison, and end with 1 when something is worse, with 4 when nothing could be compared."""
    put_report("comparison", found, layout, everything=everything)
    end(bad=bool(found.failing), nothing=not found.compared)
