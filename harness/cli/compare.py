"""The verb compare: two runs, or two commits."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from harness.cli import completion
from harness.cli.command import app
from harness.cli.options import (
    RESULTS,
    AllOption,
    FormatOption,
    LevelOption,
    LibraryOption,
    NetworkOption,
    OnlyOption,
    ResultsOption,
    SequentialMarginOption,
    SubdirectoryOption,
)
from harness.cli.output import end, put_report, say
from harness.cli.stores import progress_of, recent_runs, store_at
from harness.errors import NothingToShow, UsageError
from harness.limits import MOST_ROUNDS, MOST_SECONDS
from harness.units import count_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.compare import Comparison, Thresholds
    from harness.config import Suite
    from harness.results import Run, Store
    from harness.revisions import Library
    from harness.runner.precision import Stopping
    from harness.runner.variants import Pairs

ROUNDS = 12
"""Rounds for two commits: enough to detect a slowdown of a few per cent."""

UNMEASURED = frozenset({"missing", "unsupported", "error", "crashed"})


def parse_seconds(text: str) -> float:
    """Seconds from ``60``, ``60s`` or ``2m``."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(s|m)?", str(text))
    seconds = float(found[1]) * (60 if found[2] == "m" else 1) if found else 0.0
    if not 0 < seconds <= MOST_SECONDS:
        raise typer.BadParameter(f'got {text!r}, wanted a time such as "60s" or "2m", up to {MOST_SECONDS} s')
    return seconds


@app.command()
def compare(  # noqa: PLR0913, PLR0917 - a verb's options are its parameters
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Two runs: paths, ids, beginnings of ids such as 20260131, or 'latest'; left out: the latest and the "
            "one before it with the same cases. With --rev: a suite.",
            metavar="RUN RUN | SUITE",
            autocompletion=completion.runs,
        ),
    ] = None,
    rev: Annotated[
        list[str] | None, typer.Option(help="A commit to measure; give two, the old one first.", metavar="REV")
    ] = None,
    only: OnlyOption = None,
    library: LibraryOption = None,
    subdirectory: SubdirectoryOption = "",
    network: NetworkOption = False,
    rounds: Annotated[
        int | None, typer.Option(min=1, max=MOST_ROUNDS, help="With --rev: rounds in place of 12.", metavar="N")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="With --rev: measure until each case is settled or this time is spent: 60s, 2m.",
            metavar="TIME",
            parser=parse_seconds,
        ),
    ] = None,
    level: LevelOption = 0.01,
    margin: SequentialMarginOption = None,
    everything: AllOption = False,
    layout: FormatOption = "text",
    results: ResultsOption = RESULTS,
) -> None:
    """Compare two runs, or two commits measured in turn.

    The commits are of linbench's own backends, or of a library. Each difference has its interval and verdict.
    Exit code 1: something is worse.
    """
    from harness.compare import Thresholds
    from harness.compare import compare as compare_runs
    from harness.gate.accepted import in_messages, with_accepted
    from harness.revisions import Library

    store, thresholds = store_at(results), Thresholds(level=level, margin=_margin(margin, budget))
    if rev:
        home = Library(library, subdirectory, network) if library else None
        plan = _RevisionPlan(only or (), rounds, home, thresholds, budget)
        before, now = _measured_revisions(names or [], rev, store, plan)
        found = compare_runs(before, now, thresholds, side_by_side=True, stopped="never" if budget is None else "looks")
        found = _measured_at_all(found, before, now)
        found = with_accepted(found, in_messages(library or Path.cwd(), rev[0], "HEAD" if rev[1] == "." else rev[1]))
    elif library or subdirectory or network or budget:
        raise UsageError(
            "compare: --library, --subdirectory, --network and --budget are for two commits: --rev OLD --rev NEW"
        )
    else:
        before, now = _two_runs(names or [], store, only=only or [], rounds=rounds)
        found = compare_runs(before, now, thresholds, history=recent_runs(store))
    end_comparison(found, layout, everything=everything)


def _margin(given: float | None, budget: float | None) -> float:
    """The given margin, or the default for measuring with a budget, or without."""
    from harness.compare.sequential import MARGIN
    from harness.compare.thresholds import DEFAULT_THRESHOLDS

    if given is not None:
        return given
    return DEFAULT_THRESHOLDS.margin if budget is None else MARGIN


def _two_runs(names: list[str], store: Store, *, only: list[str], rounds: int | None) -> tuple[Run, Run]:
    if only or rounds:
        raise UsageError(f"{'--only' if only else '--rounds'} is for --rev, which measures; two runs stay as they are")
    if not names:
        return store.latest_pair()
    if len(names) != 2:
        got = count_text(len(names), "run")
        raise UsageError(f"compare: got {got}, wanted two of them, or two commits as --rev OLD --rev NEW")
    return store.load(names[0]), store.load(names[1])


class _RevisionPlan(NamedTuple):
    """How to measure two commits."""

    only: Sequence[str]
    rounds: int | None
    library: Library | None
    thresholds: Thresholds
    budget: float | None

    def chosen(self, suite: Suite) -> Suite:
        """The cases to measure, and the maximum of rounds."""
        from harness.compare.sequential import MOST
        from harness.config import narrowed

        if self.rounds and self.budget is not None:
            raise UsageError("compare: got --rounds and --budget, wanted one; a budget ends where all is settled")
        most = MOST if self.budget is not None else max(suite.plan.rounds, ROUNDS)
        found = narrowed(suite, only=self.only, rounds=self.rounds or most)
        if not found.cases:
            raise NothingToShow(
                f"{found.path}: nothing to measure: no case matches {' or '.join(map(repr, self.only))}"
            )
        return replace(found, plan=found.plan.model_copy(update={"precision": None}))

    @property
    def stopping(self) -> Callable[[Pairs], Stopping] | None:
        """The stopping rule of a case's rounds; None for a fixed number."""
        from harness.compare.sequential import Sequential

        if self.budget is None:
            return None
        budget = self.budget
        return lambda pairs: Sequential([(old, new) for old, new in pairs], self.thresholds, budget)


def _measured_revisions(names: list[str], rev: list[str], store: Store, plan: _RevisionPlan) -> tuple[Run, Run]:
    from harness.config import load_suite
    from harness.machine import commit_of
    from harness.revisions import measure_library, measure_revisions

    if len(rev) != 2:
        raise UsageError(f"compare: got {len(rev)} --rev, wanted two: --rev OLD --rev NEW")
    if len(names) > 1:
        raise UsageError(f"compare: got runs ({', '.join(names)}) and --rev, wanted one or the other")
    suite = load_suite(names[0] if names else "default")
    chosen = plan.chosen(suite)
    here = commit_of(plan.library.path if plan.library else Path.cwd())
    if here is not None and here.dirty and "." not in rev:
        say("linbench: the checkout has uncommitted changes; they are not measured")
    of = "library" if plan.library else "revisions"
    with progress_of(store, [f"{suite.name}-{of}"], suite.plan.seconds) as progress:
        if plan.library is not None:
            sides = rev[0], rev[1]
            return measure_library(chosen, plan.library, sides, store, progress, stopping=plan.stopping)
        return measure_revisions(chosen, {"old": rev[0], "new": rev[1]}, store, progress, stopping=plan.stopping)


def _measured_at_all(found: Comparison, before: Run, now: Run) -> Comparison:
    """The comparison; all cases are incomparable if neither side could be measured."""
    from harness.compare import CaseVerdict

    rows = [*before.rows, *now.rows]
    if any(row.status not in UNMEASURED for row in rows):
        return found
    why = {row.case.id: f"neither side could be measured: {row.worst.reason}" for row in reversed(rows)}
    say(f"linbench: {next(reversed(why.values()), 'neither side could be measured: no round was begun')}")
    cases = [CaseVerdict(case=each.case, verdict="incomparable", reason=why[each.case]) for each in found.cases]
    return replace(found, cases=tuple(cases))


def end_comparison(found: Comparison, layout: str, *, everything: bool) -> None:
    """Print a comparison; end with 1 when something is worse, with 4 when nothing could be compared or decided."""
    put_report("comparison", found, layout, everything=everything)
    if found.unsettled:
        say(f"linbench: NOT DECIDED: {found.unsettled}")
    end(bad=bool(found.failing), nothing=not found.compared or bool(found.unsettled))
