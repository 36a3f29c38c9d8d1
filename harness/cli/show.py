"""The verbs show and list."""

from typing import Annotated

import typer

from harness.cli import completion
from harness.cli.command import app
from harness.cli.options import RESULTS, FormatOption, ResultsOption, RunArgument
from harness.cli.output import put_report
from harness.cli.stores import store_at
from harness.errors import UsageError


@app.command()
def show(
    run: RunArgument = "latest",
    layout: FormatOption = "text",
    report: Annotated[
        str,
        typer.Option(
            help="The report to show: table, coefficients, agreement, …; `linbench list reports` has them all.",
            metavar="NAME",
            autocompletion=completion.reports,
        ),
    ] = "table",
    agreement: Annotated[bool, typer.Option("--agreement", help="The same as --report agreement.")] = False,
    pivot: Annotated[
        str,
        typer.Option(
            help="One number, backends by datasets: digits, time, ratio, memory, or any score.", metavar="NUMBER"
        ),
    ] = "",
    results: ResultsOption = RESULTS,
) -> None:
    """Print a run's table again, or another report of it."""
    from harness.reports.sheets import find, names

    name = "agreement" if agreement else "pivot" if pivot else report
    if not find(name).of_run:
        rest = ", ".join(each for each in names() if find(each).of_run)
        raise UsageError(f"--report {name}: not a report of a run; those are {rest}")
    put_report(name, store_at(results).load(run), layout, **({"number": pivot} if pivot else {}))


@app.command("list")
def list_(
    kind: Annotated[
        str,
        typer.Argument(
            help="backends, datasets, suites, scores, reports or formats; all when left out.",
            metavar="KIND",
            autocompletion=completion.kinds,
        ),
    ] = "",
    layout: FormatOption = "text",
) -> None:
    """List backends, datasets, suites, scores, reports and formats.

    Each with its options and their defaults.
    """
    put_report("catalogue", [kind] if kind else [], layout)
