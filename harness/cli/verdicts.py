"""The verbs that judge: compare, check, accept."""

from __future__ import annotations

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


AllOption = Annotated[bool, typer.Option("--all", help="Show what is the same, too.")]


@app.command()
def compare(
    old: Annotated[str, typer.Argument(help="A run: a path, an id, or 'latest'.", metavar="RUN")],
    new: Annotated[str, typer.Argument(help="The run to hold against it.", metavar="RUN")],
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    everything: AllOption = False,
    show_format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    results: ResultsOption = RESULTS,
) -> None:
    """Hold one run against another: each difference with its interval and verdict. Exit code 1: something is worse."""
    from harness.compare import Gate
    from harness.compare import compare as compare_runs

    store = store_at(results)
    before, now = store.load(old), store.load(new)
    gate = Gate(level=level, margin=margin)
    _end_comparison(compare_runs(before, now, gate, history=recent_runs(store)), show_format, everything=everything)


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
