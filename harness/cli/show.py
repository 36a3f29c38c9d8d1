"""The verbs that show what there is: show, list."""

from typing import Annotated

import typer

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
        str, typer.Option(help="What to show of it: table, agreement, …; `linbench list reports` has them all.")
    ] = "table",
    agreement: Annotated[bool, typer.Option("--agreement", help="The same as --report agreement.")] = False,
    pivot: Annotated[
        str, typer.Option(help="One number, backends by datasets: digits, time, ratio, memory, or any score.")
    ] = "",
    results: ResultsOption = RESULTS,
) -> None:
    """Print a run's table again, or one number of it, or how far its backends agree with one another."""
    from harness.reports.sheets import find

    name = "agreement" if agreement else "pivot" if pivot else report
    subject = find(name).subject
    if subject != "Run":
        raise UsageError(f"--report {name}: it is about {f'a {subject}' if subject else 'no run'}; wanted one of a Run")
    put_report(name, store_at(results).load(run), layout, **({"number": pivot} if pivot else {}))


@app.command("list")
def list_(
    kind: Annotated[
        str, typer.Argument(help="backends, datasets, suites, scores, reports or formats; all when left out.")
    ] = "",
    layout: FormatOption = "text",
) -> None:
    """List the backends, datasets and suites there are, with their options and defaults."""
    put_report("catalogue", [kind] if kind else [], layout)
