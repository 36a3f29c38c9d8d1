"""The verb scaling."""

from typing import Annotated

import typer

from harness.cli.command import app
from harness.cli.options import RESULTS, FormatOption, ResultsOption, RunArgument
from harness.cli.output import end, put_report
from harness.cli.stores import store_at

MOST = 10**15


@app.command()
def scaling(
    run: RunArgument = "latest",
    samples: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Predict at this many rows.", metavar="N")
    ] = None,
    features: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Predict at this many columns.", metavar="N")
    ] = None,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Fit time and memory as powers of a run's rows and columns.

    Exit code 4: the run varied neither.
    """
    from harness.scaling import growths

    measured = store_at(results).load(run)
    put_report("scaling", measured, layout, samples=samples, features=features)
    end(bad=False, nothing=all(each.law is None for each in growths(measured)))
