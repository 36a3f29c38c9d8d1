"""The verbs that judge: compare, check, accept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.common import (
    RESULTS,
    Format,
    LevelOption,
    MarginOption,
    ResultsOption,
    RunArgument,
    app,
    console,
    progress_of,
    put,
    recent_runs,
    say,
    store_at,
)
from harness.errors import NothingToShow, UsageError

if TYPE_CHECKING:
    from harness.compare import Comparison
    from harness.results import Run, Store

ROUNDS = 12
"""Of two commits that are measured: enough for a slowdown of a few per cent to be seen."""

AllOption = Annotated[bool, typer.Option("--all", help="Show what is the same, too.")]


@app.command()
def compare(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Two runs: paths, ids, or 'latest'. With --rev: a suite.", metavar="RUN RUN | SUITE"),
    ] = None,
    rev: Annotated[
        list[str] | None, typer.Option(help="A commit to measure; give two, the old one first.", metavar="REV")
    ] = None,
    only: Annotated[str, typer.Option(help="With --rev: only cases whose id has this in it; * and ? match.")] = "",
    rounds: Annotated[int | None, typer.Option(min=1, help="With --rev: rounds in place of 12.")] = None,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    everything: AllOption = False,
    show_format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    results: ResultsOption = RESULTS,
) -> None:
    """Hold one run against another, or one commit's backends against another's, measured now in turn.

    Each difference with its interval and verdict. Exit code 1: something is worse.
    """
    from harness.compare import Gate
    from harness.compare import compare as compare_runs

    store, gate = store_at(results), Gate(level=level, margin=margin)
    _check_format(show_format)
    if rev:
        before, now = _measured_revisions(names or [], rev, store, only=only, rounds=rounds)
        comparison = compare_runs(before, now, gate, side_by_side=True)
    else:
        before, now = _two_runs(names or [], store, only=only, rounds=rounds)
        comparison = compare_runs(before, now, gate, history=recent_runs(store))
    _end_comparison(comparison, show_format, everything=everything)


def _two_runs(names: list[str], store: Store, *, only: str, rounds: int | None) -> tuple[Run, Run]:
    if only or rounds:
        raise UsageError(
            f"{'--only' if only else '--rounds'} goes with --rev, which measures; two runs are as they are"
        )
    if len(names) != 2:
        raise UsageError(f"compare: got {len(names)} runs, wanted two of them, or two commits as --rev OLD --rev NEW")
    return store.load(names[0]), store.load(names[1])


def _measured_revisions(
    names: list[str], rev: list[str], store: Store, *, only: str, rounds: int | None
) -> tuple[Run, Run]:
    from harness.config import load_suite, narrowed
    from harness.machine import commit
    from harness.revisions import measure_revisions

    if len(rev) != 2:
        raise UsageError(f"compare: got {len(rev)} --rev, wanted two: --rev OLD --rev NEW")
    if len(names) > 1:
        raise UsageError(f"compare: got runs ({', '.join(names)}) and --rev, wanted one or the other")
    suite = load_suite(names[0] if names else "default")
    chosen = narrowed(suite, only=only, rounds=rounds or max(suite.plan.rounds, ROUNDS))
    if not chosen.cases:
        raise NothingToShow(f"{chosen.path}: nothing to measure: no case matches {only!r}")
    here = commit(Path.cwd())
    if here is not None and here["dirty"]:
        say("linbench: the checkout has changes that no commit holds; they are not measured")
    with progress_of(store, [f"{suite.name}-revisions"], suite.plan.seconds) as progress:
        return measure_revisions(chosen, {"old": rev[0], "new": rev[1]}, store, progress)


@app.command()
def check(
    run: RunArgument = "latest",
    baseline: Annotated[str, typer.Option(help="A run in place of the accepted baseline.", metavar="RUN")] = "",
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    confirm: Annotated[
        bool, typer.Option("--confirm/--no-confirm", help="Measure what looks worse again before it fails.")
    ] = True,
    everything: AllOption = False,
    show_format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    results: ResultsOption = RESULTS,
) -> None:
    """The gate: hold a run against the accepted baseline. Exit code 1: something is worse; 4: there is no baseline."""
    from harness import gate
    from harness.compare import Gate

    store = store_at(results)
    measured = store.load(run)
    accepted = store.load(baseline) if baseline else gate.baseline_of(store, measured)
    rules = Gate(level=level, margin=margin)
    suite = str(measured.header["suite"])
    with progress_of(store, [suite, f"{suite}-again"], measured.header["plan"]["seconds"]) as progress:
        comparison = gate.check(
            store, measured, accepted, rules, history=recent_runs(store), observer=progress if confirm else None
        )
    _end_comparison(comparison, show_format, everything=everything)


@app.command()
def accept(run: RunArgument = "latest", results: ResultsOption = RESULTS) -> None:
    """Make a run the baseline of its suite, which `check` compares with."""
    from harness.gate import accept as accept_run

    store = store_at(results)
    measured = store.load(run)
    say(f"{measured.id} is the baseline of {measured.header['suite']}: {accept_run(store, measured)}")


def _check_format(show_format: Format) -> None:
    """Before anything is measured."""
    if show_format is Format.csv:
        raise UsageError(f"--format {show_format}: wanted text, markdown or json")


def _end_comparison(comparison: Comparison, show_format: Format, *, everything: bool) -> None:
    from harness.reports.comparison import as_markdown, as_text
    from harness.results import json_text

    match show_format:
        case Format.text:
            as_text(comparison, console(stderr=False), everything=everything)
        case Format.markdown:
            put(as_markdown(comparison, everything=everything))
        case Format.json:
            put(json_text(comparison.record(), indent=1))
        case other:
            raise UsageError(f"--format {other}: wanted text, markdown or json")
    if comparison.failing:
        raise typer.Exit(1)
    if not comparison.compared:
        raise typer.Exit(NothingToShow.exit_code)
