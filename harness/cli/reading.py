"""The verbs that read what was measured: show, report, export, history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.common import RESULTS, Format, ResultsOption, RunArgument, app, console, put, recent_runs, store_at
from harness.cli.tables import show_run
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.exports.base import Outcome
    from harness.results import Run, Store


@app.command()
def show(
    run: RunArgument = "latest",
    show_format: Annotated[Format, typer.Option("--format", help="How to print the table.")] = Format.text,
    agreement: Annotated[bool, typer.Option("--agreement", help="Digits that backends have in common.")] = False,
    pivot: Annotated[
        str, typer.Option(help="One number, backends by datasets: digits, certified_digits, time, ratio, …")
    ] = "",
    results: ResultsOption = RESULTS,
) -> None:
    """Print a run's table again, or one number of it, or how far its backends agree with one another."""
    found = store_at(results).load(run)
    if agreement:
        _show_agreement(found, show_format)
    elif pivot:
        _show_pivot(found, pivot, show_format)
    else:
        show_run(found, show_format)


def _show_pivot(measured: Run, number: str, show_format: Format) -> None:
    from harness.errors import UnknownName
    from harness.reports.pivot import NUMBERS, as_markdown, as_text, pivot

    if number not in NUMBERS:
        raise UnknownName("number", number, NUMBERS)
    table = pivot(measured, number)
    match show_format:
        case Format.text:
            as_text(table, console(stderr=False))
        case Format.markdown:
            put(as_markdown(table))
        case other:
            raise UsageError(
                f"--pivot --format {other}: wanted text or markdown; --format {other} alone has every number"
            )


def _show_agreement(measured: Run, show_format: Format) -> None:
    from harness.reports.agreement import agreement, as_text
    from harness.results import json_text

    match show_format:
        case Format.text:
            as_text(measured, console(stderr=False))
        case Format.json:
            put(json_text([each.record() for each in agreement(measured)], indent=1))
        case other:
            raise UsageError(f"--agreement --format {other}: wanted text or json")


@app.command()
def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="The run to report: a path, an id, or 'latest'; of several the last, the others are its history.",
            metavar="RUN",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write; results/reports/RUN when left out.")] = None,
    static: Annotated[bool, typer.Option("--static", help="Every plot as PNG and SVG too, under figures/.")] = False,
    results: ResultsOption = RESULTS,
) -> None:
    """Write a run as a page that opens from disk with no network, and name it."""
    from harness.reports.page import build
    from harness.results import load_run

    store = store_at(results)
    *others, last = [store.find(each) for each in runs or ["latest"]]
    measured = load_run(last)
    folder = out or store.root / "reports" / measured.id
    put(str(build(measured, folder, (*others, last), static=static)))


@app.command()
def export(
    run: RunArgument = "latest",
    to: Annotated[
        str, typer.Option("--format", help="pytest-benchmark, asv, github-action, bencher, junit, …")
    ] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="The file or folder to write; standard output when left out.")
    ] = None,
    baseline: Annotated[
        str, typer.Option(help="With junit: show the check of the run against this one.", metavar="RUN")
    ] = "",
    results: ResultsOption = RESULTS,
) -> None:
    """A run in another program's format."""
    from harness.exports.base import export as export_run

    store = store_at(results)
    measured = store.load(run)
    text = export_run(measured, to, out, _outcomes(store, measured, baseline) if baseline else None)
    if text is not None:
        put(text)


def _outcomes(store: Store, measured: Run, baseline: str) -> list[Outcome]:
    from harness.compare import compare as compare_runs
    from harness.exports.base import Outcome

    found = compare_runs(store.load(baseline), measured, history=recent_runs(store))
    return [Outcome(case.case, case.verdict, case.why) for case in found.cases]


@app.command()
def history(
    case: Annotated[str, typer.Argument(help="A case's id; * and ? match. All cases when left out.")] = "",
    show_format: Annotated[Format, typer.Option("--format", help="How to print it: text or json.")] = Format.text,
    results: ResultsOption = RESULTS,
) -> None:
    """Trends over all stored runs, and the steps in them, with the commits and versions on both sides of each."""
    from harness.history import history as history_of
    from harness.reports.history import as_text
    from harness.results import json_text

    store = store_at(results)
    paths = [*store.paths(), *sorted((store.root / "published").glob("*.jsonl"))]
    found = history_of(paths, case)
    match show_format:
        case Format.text:
            as_text(found, console(stderr=False))
        case Format.json:
            put(json_text(found.record(), indent=1))
        case other:
            raise UsageError(f"--format {other}: wanted text or json")
