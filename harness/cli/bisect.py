"""The verb that searches the releases of a library: bisect."""

from enum import StrEnum
from typing import Annotated

import typer

from harness.cli.command import app
from harness.cli.options import RESULTS, FormatOption, LevelOption, MarginOption, ResultsOption
from harness.cli.output import end, put_report, say
from harness.cli.stores import progress_of, store_at
from harness.limits import MOST_ROUNDS
from harness.units import count_text


class Metric(StrEnum):
    """What may have got worse."""

    digits = "digits"
    seconds = "seconds"


@app.command()
def bisect(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    package: Annotated[str, typer.Argument(help='A package and a range: "scikit-learn>=1.5,<2".', metavar="RANGE")],
    case: Annotated[str, typer.Option(help="A case of the suite: its id, or a pattern that matches only one id.")],
    suite: Annotated[str, typer.Option(help="A suite: a path, or a name under configs/.")] = "versions",
    metric: Annotated[Metric, typer.Option(help="What may have got worse.")] = Metric.digits,
    pre: Annotated[bool, typer.Option("--pre", help="Include pre-releases.")] = False,
    sdist: Annotated[bool, typer.Option("--sdist", help="Include releases that must be built from source.")] = False,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_ROUNDS, help="Rounds per measurement, in place of 1 for digits, 12 for seconds."),
    ] = None,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Find the release of a library that made a case worse. Exit code 1: there is one; 4: nothing could be measured."""
    from harness.bisect import bisect as find
    from harness.bisect.measure import Releases, chosen_case
    from harness.bisect.releases import parse_range, releases
    from harness.compare import Thresholds
    from harness.config import load_suite
    from harness.reports.sheets.bisection import release_text

    wanted, thresholds = parse_range(package), Thresholds(level=level, margin=margin)
    checked = load_suite(suite)
    chosen = chosen_case(checked, case)
    offered = [str(each) for each in releases(wanted, pre=pre, sdist=sdist)]
    say(f"{count_text(len(offered), 'release')} of {wanted.name}, from {offered[0]} to {offered[-1]}")
    store = store_at(results)
    with progress_of(store, [f"bisect-{wanted.name}"], checked.plan.seconds) as progress:
        measure = Releases(wanted, chosen, checked.plan, store, progress, sources=sdist)
        measure.build([offered[0], offered[-1]])
        found = find(
            offered, measure, metric=metric.value, rounds=rounds, thresholds=thresholds, package=wanted.name,
            case=chosen.id, tell=lambda each: say(release_text(each)),
        )  # fmt: skip
    put_report("bisection", found, layout)
    end(bad=found.outcome in ("found", "range"), nothing=found.outcome == "nothing")
