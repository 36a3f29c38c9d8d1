"""The page of a run without its plots: what ran where, what failed and why, findings and tables."""

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count
from typing import NamedTuple

from harness.judgement.verdict import verdict
from harness.reports.findings import Facts, Finding, findings
from harness.reports.layout.html import RowLink
from harness.reports.page.heatmap import HeatMap, heat_map
from harness.reports.plotting.plot import Plot, Section, slug
from harness.reports.ranking import Group
from harness.reports.reproduce import command
from harness.reports.sheet import Style, Table, status_style
from harness.reports.sheets.table import dataset_tables
from harness.results import FAILED, Measurement, Run
from harness.results.run import versions_of
from harness.units import bytes_text, duration_text


@dataclass(frozen=True)
class Failure:
    """Cases that failed in the same way."""

    status: str
    reason: str
    cases: tuple[str, ...]


class SectionPart(NamedTuple):
    """Some plots of a section, each with its name."""

    section: Section
    plots: list[tuple[str, Plot]]


class DatasetView(NamedTuple):
    """The part of the page on one dataset."""

    title: str
    anchor: str
    table: Table
    links: tuple[RowLink, ...]
    command: str
    """The command that measures it again."""
    parts: list[SectionPart]


class Explained(NamedTuple):
    """Why a case lacks digits, as recorded in the run."""

    case: str
    anchor: str
    said: tuple[str, ...]


class StatusCount(NamedTuple):
    """How many cases ended in a status."""

    status: str
    cases: int
    style: Style


class Overview:
    """The content of a run's page; for a part of a run, anchors are those on the page of the `whole`."""

    def __init__(self, run: Run, whole: Run | None = None) -> None:
        self.run = run
        self._whole = whole or run
        self.title = f"linbench: {run.header.suite}"

    @cached_property
    def facts(self) -> Mapping[str, str]:
        """What ran, where and when, by name."""
        return dict(_facts(self.run))

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions of everything that was imported, by environment."""
        by_environment: dict[str, list[Measurement]] = {}
        for row in self.run.rows:
            by_environment.setdefault(row.case.environment, []).extend(row.measurements)
        found = {name: versions_of(measured).items() for name, measured in by_environment.items()}
        return {name: " · ".join(map(" ".join, versions)) for name, versions in found.items() if versions}

    @cached_property
    def statuses(self) -> list[StatusCount]:
        """How many cases ended in each status, with those never reached."""
        found = Counter[str](row.status for row in self.run.rows)
        unreached = len(self.run.header.cases) - found.total()
        counts = [StatusCount(status, cases, status_style(status)) for status, cases in found.most_common()]
        return counts + [StatusCount("not reached", unreached, "bad")] * bool(unreached)

    @cached_property
    def failures(self) -> list[Failure]:
        """Failed cases, grouped by status and reason."""
        found: dict[tuple[str, str], list[str]] = {}
        for row in self.run.rows:
            if row.status in FAILED:
                found.setdefault((row.status, row.worst.reason), []).append(row.case.id)
        return [Failure(*how, tuple(cases)) for how, cases in found.items()]

    @cached_property
    def subtitle(self) -> str:
        """When and where, in one line."""
        return f"{self.facts['Started'][:10]} · {self.facts['Processor']}"

    @cached_property
    def _run_facts(self) -> Facts:
        return Facts(self.run)

    @cached_property
    def findings(self) -> list[tuple[Finding, str]]:
        """The findings, each with the anchor of its first case; empty if it has none."""
        return [(each, self.anchors[each.cases[0]] if each.cases else "") for each in findings(self.run)]

    @cached_property
    def explained(self) -> list[Explained]:
        """The cases whose digits were explained, in the run's order."""
        kept = {each.case: each.said for each in self.run.explanations}
        rows = [row.case for row in self.run.rows if row.case.id in kept]
        return [Explained(case.label, self.anchors[case.id], kept[case.id]) for case in rows]

    @cached_property
    def unexplained(self) -> str:
        """The command that explains the worst case not yet explained; empty if there is none."""
        kept = {each.case for each in self.run.explanations}
        wrong = [each for each, _ in self.findings if each.style == "bad"]
        case = next((case for each in wrong for case in each.cases[:1] if case not in kept and self._matters(case)), "")
        labels = [row.case.label for row in self.run.rows]
        name = next((row.case.label for row in self.run.rows if row.case.id == case), "")
        subject = name if labels.count(name) == 1 else case  # `explain` takes either
        return shlex.join(["linbench", "explain", subject, "--run", self.run.id, "--keep"]) if case else ""

    def _matters(self, case: str) -> bool:
        row = next(row for row in self.run.rows if row.case.id == case)
        return verdict.of(row) in ("visible", "wrong")

    @cached_property
    def anchors(self) -> dict[str, str]:
        """The anchor of each case on the page; the same in every report of the same cases."""
        return unique_slugs("case", (row.case.id for row in self._whole.rows))

    @cached_property
    def heat_map(self) -> HeatMap:
        """The verdict on every case."""
        return heat_map(self._run_facts, self.anchors)

    @cached_property
    def command(self) -> str:
        """The command that repeats the whole run."""
        return command(self.run)

    def datasets(self, sections: Sequence[Section]) -> list[DatasetView]:
        """The views of all datasets, in the suite's order."""
        groups, tables = self._run_facts.groups, dataset_tables(self.run)
        slugs = unique_slugs("dataset", (group.title for group in groups))
        plots = plots_by_dataset(sections, [group.title for group in groups])
        return [
            DatasetView(
                group.title,
                slugs[group.title],
                table,
                self._links(group),
                command(self.run, f"{group.title}/"),
                plots[group.title],
            )
            for group, table in zip(groups, tables, strict=True)
        ]

    def _links(self, group: Group) -> tuple[RowLink, ...]:
        cases = [each.row.case.id for each in group.rows]
        return tuple(RowLink(self.anchors[case], command(self.run, case)) for case in cases)


def unique_slugs(kind: str, names: Iterable[str]) -> dict[str, str]:
    """A unique HTML id for each name: kind and name in lower-case letters, digits and hyphens."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = f"{kind}-{slug(name)}".rstrip("-")
        each = next(each for i in count(1) if (each := plain if i == 1 else f"{plain}-{i}") not in taken)
        found.setdefault(name, each)
        taken.add(each)
    return found


def plots_by_dataset(sections: Sequence[Section], titles: Sequence[str]) -> dict[str, list[SectionPart]]:
    """The plots of each dataset by section; a plot's title is, or begins with, its dataset's."""
    found: dict[str, dict[str, SectionPart]] = {title: {} for title in titles}
    for section in sections:
        for name, plot in section.named():
            if (title := dataset_of(plot, titles)) and not section.over_all:
                part = found[title].setdefault(section.id, SectionPart(section, []))
                part.plots.append((name, plot))
    return {title: list(parts.values()) for title, parts in found.items()}


def dataset_of(plot: Plot, titles: Sequence[str]) -> str:
    """The dataset of a plot; empty if it is none of these."""
    fitting = [title for title in titles if plot.title == title or plot.title.startswith(f"{title}: ")]
    return max(fitting, key=len, default="")


def plots_over_all(sections: Sequence[Section], titles: Sequence[str]) -> list[SectionPart]:
    """Sections with their plots over all datasets only, and sections that have nothing to draw."""
    parts = [
        SectionPart(each, [pair for pair in each.named() if each.over_all or not dataset_of(pair[1], titles)])
        for each in sections
    ]
    return [part for part in parts if part.plots or part.section.why_empty]


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    machine, plan, commit = run.header.machine, run.header.plan, run.header.commit
    yield "Run", run.id
    yield "Started", _moment(run.header.started)
    yield "Finished", _finished(run)
    machines = list(run.machines.values()) or [machine]
    yield "Processor", _each(f"{at.cpu or '?'}, {at.cores or '?'} cores" for at in machines)
    yield "Memory", _each(bytes_text(at.memory_bytes) for at in machines)
    if system := _each(" ".join(filter(None, (at.system, at.release, at.architecture))) for at in machines):
        yield "System", system
    yield "Threads", f"{plan.threads} per worker"
    rounds = f"{plan.rounds} round{'' if plan.rounds == 1 else 's'}, each in fresh processes"
    yield "Samples", f"{rounds}; {plan.seconds:g} s per case and round"
    if commit:
        yield "Commit", f"{commit.id[:12]}{', with changes' if commit.dirty else ''}"


def _each(words: Iterable[str]) -> str:
    """The descriptions of machines, each once."""
    return "; ".join(dict.fromkeys(words))


def _finished(run: Run) -> str:
    if run.finished is None:
        return "no: interrupted"
    took = datetime.fromisoformat(run.finished) - datetime.fromisoformat(run.header.started)
    return f"{_moment(run.finished)}, after {duration_text(took.total_seconds())}"


def _moment(stamp: str) -> str:
    return f"{stamp[:10]} {stamp[11:19]} UTC"
