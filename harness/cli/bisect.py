"""The verb bisect: search the releases or commits of a library."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.command import app
from harness.cli.options import (
    RESULTS,
    FormatOption,
    LevelOption,
    LibraryOption,
    MarginOption,
    NetworkOption,
    ResultsOption,
    SubdirectoryOption,
)
from harness.cli.output import end, put_report, say
from harness.cli.stores import progress_of, store_at
from harness.errors import LinbenchError, UsageError
from harness.limits import MOST_ROUNDS
from harness.units import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.requirements import Requirement

    from harness.bisect import Bisection
    from harness.bisect.measure import InTurnMeasurer
    from harness.config import Case
    from harness.revisions.library import LibraryCommit


class Metric(StrEnum):
    """What may have got worse."""

    digits = "digits"
    seconds = "seconds"


@app.command()
def bisect(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    case: Annotated[
        str, typer.Option(help="A case of the suite: its id, or a pattern that matches only one id.", metavar="CASE")
    ],
    package: Annotated[
        str, typer.Argument(help='A package and a range: "scikit-learn>=1.5,<2".', metavar="RANGE")
    ] = "",
    library: LibraryOption = None,
    good: Annotated[str, typer.Option(help="With --library: a commit that is good.", metavar="REV")] = "",
    bad: Annotated[str, typer.Option(help="With --library: a later commit that is worse.", metavar="REV")] = "HEAD",
    program: Annotated[
        list[str] | None,
        typer.Option(help="An engine's program, by name or path; repeat it, the oldest version first.", metavar="PATH"),
    ] = None,
    subdirectory: SubdirectoryOption = "",
    network: NetworkOption = False,
    suite: Annotated[
        str, typer.Option(help="A suite: a path, or a name under configs/.", metavar="SUITE")
    ] = "versions",
    metric: Annotated[
        Metric, typer.Option(help="What may have got worse: digits or seconds.", metavar="METRIC")
    ] = Metric.digits,
    pre: Annotated[bool, typer.Option("--pre", help="Include pre-releases.")] = False,
    sdist: Annotated[bool, typer.Option("--sdist", help="Include releases that must be built from source.")] = False,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MOST_ROUNDS,
            help="Rounds per measurement, in place of 1 for digits, 12 for seconds.",
            metavar="N",
        ),
    ] = None,
    level: LevelOption = 0.01,
    margin: MarginOption = 0.02,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Find the release, commit or version that made a case worse.

    The release or commit of a library, or the version of an engine's program.
    Exit code 1: there is one; 4: nothing could be measured.
    """
    from harness.bisect import bisect as find
    from harness.bisect.measure import Commits, Programs, Releases, checked_programs, chosen_case
    from harness.bisect.releases import parse_range
    from harness.compare import Thresholds
    from harness.config import load_suite
    from harness.reports.sheets.bisection import release_text
    from harness.revisions import Library

    if [bool(package), library is not None, bool(program)].count(True) != 1 or bool(good) != (library is not None):
        raise UsageError(
            'bisect: wanted one of a range of releases, "scikit-learn>=1.5"; --library PATH --good REV --bad REV; or '
            "--program PATH --program PATH"
        )
    wanted = None if program else Library(library, subdirectory, network) if library else parse_range(package)
    thresholds = Thresholds(level=level, margin=margin)
    checked = load_suite(suite)
    chosen, store = chosen_case(checked, case), store_at(results)
    name = chosen.backend.instance.library.distribution if wanted is None else wanted.name
    offered: Sequence[str | LibraryCommit]
    if wanted is None:
        offered = checked_programs(chosen, program or [])
    else:
        offered = wanted.commits(good, bad) if isinstance(wanted, Library) else _offered(wanted, pre=pre, sdist=sdist)
    with progress_of(store, [f"bisect-{name}"], checked.plan.seconds) as progress:
        arguments = chosen, checked.plan, store, progress
        measure: InTurnMeasurer
        if wanted is None:
            measure = Programs(*arguments)
        elif isinstance(wanted, Library):
            measure = Commits(*arguments, wanted)
        else:
            measure = Releases(*arguments, wanted, sources=sdist)
        _begin(offered, measure)
        found = find(
            offered, measure, metric=metric.value, rounds=rounds, thresholds=thresholds, package=name,
            case=chosen.id, tell=lambda each: say(release_text(each)),
        )  # fmt: skip
        found = replace(found, explained=_explained(found, chosen, measure))
    put_report("bisection", found, layout)
    end(bad=found.outcome in ("found", "range"), nothing=found.outcome == "nothing")


def _explained(found: Bisection, case: Case, measure: InTurnMeasurer) -> tuple[str, ...]:
    """Why the first worse release lacks digits, if digits were compared and both sides have some."""
    from harness.explain.case import explain_case
    from harness.reports.sheets.explanation import explanation

    if found.metric != "digits" or found.sides is None or any(each.digits is None for each in found.sides):
        return ()
    worse = measure.variant(found.sides[1].release)
    environment = next(iter(worse.environments), None)
    own = case if environment else worse.change(case)  # an engine's version is an option of the case
    try:
        explained = explain_case(own, measure.store, measure.observer, environment=environment)
    except LinbenchError as error:
        return (f"explain cannot tell: {error}",)
    return tuple(line.text for line in explanation(explained).before)


def _offered(wanted: Requirement, *, pre: bool, sdist: bool) -> list[str]:
    from harness.bisect.releases import releases

    return [str(each) for each in releases(wanted, pre=pre, sdist=sdist)]


def _begin(offered: Sequence[str | LibraryCommit], measure: InTurnMeasurer) -> None:
    """Say how many candidates there are, and build both ends in parallel."""
    ends = [each if isinstance(each, str) else each.label for each in (offered[0], offered[-1])]
    noun = "release" if isinstance(offered[0], str) else "commit"
    say(f"{count_text(len(offered), noun)} of {measure.name}, from {ends[0]} to {ends[1]}")
    measure.build(ends)
