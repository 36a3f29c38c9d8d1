"""The verb verify."""

from harness.cli.command import app
from harness.cli.options import RESULTS, FormatOption, ResultsOption, RunArgument
from harness.cli.output import end, put_report
from harness.cli.stores import store_at


@app.command()
def verify(run: RunArgument = "latest", layout: FormatOption = "text", results: ResultsOption = RESULTS) -> None:
    """Derive a run's scores again, before it is published.

    Uses its coefficients, and data made here. Exit code 3: a claim of the run does not hold; 4: the run has no answer
    to derive anything from.
    """
    from harness.machine import cache_folder
    from harness.verification import verify as verified

    found = verified(store_at(results).load(run), cache_folder() / "references")
    put_report("verification", found, layout)
    end(bad=not found.holds, nothing=not found.derived, code=3)
