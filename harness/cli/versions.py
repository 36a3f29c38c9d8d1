"""The verb that looks through the releases of a library: bisect."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.common import (
    RESULTS,
    Format,
    LevelOption,
    MarginOption,
    ResultsOption,
    app,
    console,
    progress_of,
    put,
    say,
    store_at,
)
from harness.errors import NothingToShow, UsageError

if TYPE_CHECKING:
    from harness.bisect import Bisection, Step


class Metric(StrEnum):
    """What may have got worse."""

    digits = "digits"
    seconds = "seconds"


@app.command()
def bisect(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    package: Annotated[str, typer.Argument(help='A package and a range: "scikit-learn>=1.5,<2".', metavar="RANGE")],
    case: Annotated[str, typer.Option(help="A case of the suite: its id, or a pattern that one id has in it.")],
    suite: Annotated[str, typer.Option(help="A suite: a path, or a name under configs/.")] = "versions",
    metric: Annotated[Metric, typer.Option(help="What may have got worse.")] = Metric.digits,
    pre: Annotated[bool, typer.Option("--pre", help="Look at pre-releases, too.")] = False,
    sdist: Annotated[bool, typer.Option("--sdist", help="Look at releases that have to be built, too.")] = False,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Rounds of a measurement, in place of 1 for digits, 12 for seconds.")
    ] = None,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    show_format: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.text,
    results: ResultsOption = RESULTS,
) -> None:
    """Find the release of a library that made a case worse. Exit code 1: there is one; 4: nothing could be measured."""
    from harness.bisect import bisect as find
    from harness.bisect.measuring import Releases, chosen_case
    from harness.bisect.releases import parse_range, releases
    from harness.compare import Gate
    from harness.config import load_suite

    _check_format(show_format)
    wanted, gate = parse_range(package), Gate(level=level, margin=margin)
    checked = load_suite(suite)
    chosen = chosen_case(checked, case)
    offered = [str(each) for each in releases(wanted, pre=pre, sdist=sdist)]
    say(f"{len(offered)} releases of {wanted.name} from {offered[0]} to {offered[-1]}")
    store = store_at(results)
    with progress_of(store, [f"bisect-{wanted.name}"], checked.plan.seconds) as progress:
        measure = Releases(wanted, chosen, checked.plan, store, progress, sources=sdist)
        measure.build([offered[0], offered[-1]])
        found = find(
            offered,
            measure,
            metric=metric.value,
            rounds=rounds,
            gate=gate,
            tell=_tell,
            package=wanted.name,
            case=chosen.id,
        )
    _end_bisection(found, show_format)


def _check_format(show_format: Format) -> None:
    """Before anything is measured."""
    if show_format not in (Format.text, Format.json):
        raise UsageError(f"--format {show_format}: wanted text or json")


def _tell(step: Step) -> None:
    from harness.reports.bisect import step_text

    say(step_text(step))


def _end_bisection(found: Bisection, show_format: Format) -> None:
    from harness.reports.bisect import as_text
    from harness.results import json_text

    if show_format is Format.json:
        put(json_text(found.record(), indent=1))
    else:
        as_text(found, console(stderr=False))
    match found.outcome:
        case "found" | "range":
            raise typer.Exit(1)
        case "nothing":
            raise typer.Exit(NothingToShow.exit_code)
