"""The verbs report, export and history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli import completion
from harness.cli.command import app
from harness.cli.options import (
    ATOM,
    RESULTS,
    HistoryFormatOption,
    ResultsOption,
    RunArgument,
    SubdirectoryOption,
    given_path,
)
from harness.cli.output import put, put_report, say
from harness.cli.stores import recent_runs, store_at
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.exports.base import Outcome
    from harness.results import Run, Store
    from harness.revisions import Library


@app.command()
def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="The run to report: a path, an id, or 'latest'. Given several, the last one is reported; the others "
            "are its history.",
            metavar="RUN",
            autocompletion=completion.runs,
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The folder to write; results/reports/RUN when left out.", metavar="DIR", parser=given_path),
    ] = None,
    static: Annotated[bool, typer.Option("--static", help="Also save every plot as PNG and SVG.")] = False,
    replay: Annotated[float | None, typer.Option(hidden=True)] = None,
    results: ResultsOption = RESULTS,
) -> None:
    """Write a run as a page that opens from disk with no network.

    Prints the page's path.
    """
    from harness.history import annotations
    from harness.reports.page import build
    from harness.results import load_run

    if replay is not None:
        say("linbench: --replay no longer has any effect: the run file holds what the plots need; leave it out")
    store = store_at(results)
    *others, last = [store.find(each) for each in runs or ["latest"]]
    measured = load_run(last)
    folder = out or store.root / "reports" / measured.id
    put(str(build(measured, folder, (*others, last), known=annotations(store.root), static=static)))


@app.command()
def export(
    run: RunArgument = "latest",
    to: Annotated[
        str,
        typer.Option(
            "--format", help="pytest-benchmark, asv, github-action, bencher, junit, csv or parquet.", metavar="FORMAT"
        ),
    ] = "csv",
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file or folder to write; standard output when left out.", metavar="PATH", parser=given_path
        ),
    ] = None,
    baseline: Annotated[
        str, typer.Option(help="With junit: show the check of the run against this one.", metavar="RUN")
    ] = "",
    results: ResultsOption = RESULTS,
) -> None:
    """Write a run in another program's format."""
    from harness.exports.base import export as export_run

    store = store_at(results)
    measured = store.load(run)
    text = export_run(measured, to, out, _outcomes(store, measured, baseline) if baseline else None)
    if text is not None:
        put(text)


def _outcomes(store: Store, measured: Run, baseline: str) -> list[Outcome]:
    from harness.compare import compare
    from harness.exports.base import Outcome

    found = compare(store.load(baseline), measured, history=recent_runs(store))
    return [Outcome(case.case, case.verdict, case.why, case.alarm) for case in found.cases]


@app.command()
def history(
    case: Annotated[
        str, typer.Argument(help="A case's id; * and ? match. All cases when left out.", metavar="CASE")
    ] = "",
    library: Annotated[
        Path | None,
        typer.Option(
            help="A library's repository: order measurements by its commits and releases.",
            metavar="PATH",
            parser=given_path,
        ),
    ] = None,
    subdirectory: SubdirectoryOption = "",
    at: Annotated[
        str,
        typer.Option(
            help='Record a known cause of a step of CASE, at its date, commit or version ("numpy 2.5.0").',
            metavar="PLACE",
        ),
    ] = "",
    reason: Annotated[str, typer.Option(help="With --at: the cause, to be shown with the step.", metavar="TEXT")] = "",
    layout: HistoryFormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Show the trend of each case over all stored runs, and its steps.

    Each step has the commits and versions on both sides, and its known causes.
    """
    from harness.history import annotate, annotations
    from harness.history import history as history_of
    from harness.results.store import run_files

    store = store_at(results)
    if subdirectory and library is None:
        raise UsageError("history: got --subdirectory, wanted --library PATH with it")
    if at or reason:
        say(f"kept in {annotate(store.root, case, at, reason)}")
    paths = [*store.paths(), *run_files(store.root / "published")]
    found = history_of(paths, case, library=_library(library, subdirectory), known=annotations(store.root))
    if layout == ATOM:
        from harness.reports.feed import atom

        put(atom(found))
        return
    put_report("history", found, layout)


def _library(path: Path | None, subdirectory: str) -> Library | None:
    if path is None:
        return None
    from harness.revisions import Library

    return Library(path, subdirectory)
