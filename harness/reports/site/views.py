"""The data that the pages over many runs show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from harness.compare import Comparison, compare
from harness.machine import Machine
from harness.reports.findings.facts import right
from harness.reports.page.overview import Overview
from harness.reports.sheet import Column, Table
from harness.reports.sheets.comparison import summary as comparison_line
from harness.reports.sheets.summary import headline, summary
from harness.reports.site.beside import beside
from harness.results import FAILED, Run

MOST_COMPARED = 6
"""The newest runs of a suite, which are compared with each other; older ones are only compared with the newest."""


@dataclass(frozen=True)
class Entry:
    """One run among others."""

    run: Run
    size: int
    """Bytes of its file."""
    whole: Run | None = None
    """The run that this one is a part of, if any."""

    @cached_property
    def overview(self) -> Overview:
        """The content of its own page."""
        return Overview(self.run, self.whole)

    @property
    def surprise(self) -> float:
        """The surprise of its first finding (`harness.reports.findings.Finding.surprise`); 0 if it has none."""
        return next((finding.surprise for finding, _ in self.overview.findings), 0.0)

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id

    @property
    def file(self) -> str:
        """Its file's name on the site: the id, with the suffix of a packed file."""
        return self.id + "".join(self.run.path.suffixes[-2:] if self.run.path.suffix == ".gz" else [".jsonl"])

    @property
    def date(self) -> str:
        """The day it began, UTC."""
        return self.run.header.started[:10]

    @property
    def moment(self) -> str:
        """The minute it began, UTC."""
        return self.run.header.started[:16].replace("T", " ")

    @property
    def machine(self) -> str:
        """Its machines in a few words, each with a part of its id, which distinguishes equal ones."""
        return "; ".join(map(_in_words, self.machines))

    @property
    def machines(self) -> list[Machine]:
        """The machines that measured its cases."""
        return [*self.run.machines.values()] or [self.run.header.machine]

    @cached_property
    def parts(self) -> tuple[Entry, ...]:
        """The entry split by machine."""
        several = len(self.machines) > 1
        return tuple(Entry(_on(self.run, each), self.size, self.run) for each in self.machines) if several else (self,)

    @property
    def commit(self) -> str:
        """The short commit; empty if there is none."""
        commit = self.run.header.commit
        return f"{commit.id[:8]}{'+' if commit.dirty else ''}" if commit else ""

    @property
    def load(self) -> str:
        """The load averages when it began."""
        return " ".join(f"{each:g}" for each in self.run.header.load)

    @property
    def headline(self) -> str:
        """How many cases ended how."""
        return headline(self.run)

    @property
    def right(self) -> int:
        """The number of cases whose answer is right as far as it matters."""
        return sum(map(right, self.run.rows))

    @property
    def failed(self) -> int:
        """The number of cases that failed."""
        return sum(row.status in FAILED for row in self.run.rows)

    @property
    def table(self) -> Table | None:
        """How each backend did over all datasets; None if nothing was measured."""
        return next(iter(summary(self.run).tables), None)


def _in_words(machine: Machine) -> str:
    return f"{machine.cpu or 'unknown processor'}, {machine.cores or '?'} cores ({machine.id[:6] or 'no id'})"


def _on(run: Run, machine: Machine) -> Run:
    """The part of a run that was measured on a machine, as if the run had begun there."""
    here = tuple(each for each in run.measurements if each.measured_on(run.header.machine).id == machine.id)
    cases = {each.case for each in here}
    planned = tuple(key for key in run.header.cases if key.id in cases)
    return replace(run, header=replace(run.header, machine=machine, cases=planned), measurements=here)


@dataclass(frozen=True)
class SuiteView:
    """The runs of one suite, the newest first."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def newest(self) -> Entry:
        """The newest run."""
        return self.entries[0]

    @property
    def newest_by_machine(self) -> list[Entry]:
        """The newest run, and the newest on each other machine."""
        found: dict[str, Entry] = {self.newest.machine: self.newest}
        for each in self.parts:
            found.setdefault(each.machine, each)
        return list(found.values())

    @property
    def parts(self) -> list[Entry]:
        """The runs, each split by machine."""
        return [part for each in self.entries for part in each.parts]

    @property
    def pairs(self) -> list[tuple[Entry, Entry]]:
        """The runs that are compared, the older one first."""
        recent = combinations(self.entries[:MOST_COMPARED], 2)
        return [(old, new) for new, old in recent] + [(old, self.newest) for old in self.entries[MOST_COMPARED:]]


def suites(entries: Sequence[Entry]) -> list[SuiteView]:
    """The runs by suite: the suite with the most surprising finding first, within a suite the newest run first."""
    found: dict[str, list[Entry]] = {}
    for each in sorted(entries, key=lambda entry: entry.run.header.started, reverse=True):
        found.setdefault(each.run.header.suite, []).append(each)
    views = [SuiteView(name, tuple(found[name])) for name in sorted(found)]
    return sorted(views, key=lambda suite: suite.newest.surprise, reverse=True)


class Fact(NamedTuple):
    """A fact about each of two runs."""

    name: str
    old: str
    new: str


@dataclass(frozen=True)
class PairView:
    """Two runs side by side."""

    old: Entry
    new: Entry

    @cached_property
    def comparison(self) -> Comparison:
        """The verdicts between them."""
        return compare(self.old.run, self.new.run)

    @property
    def line(self) -> str:
        """How many cases got which verdict."""
        return comparison_line(self.comparison)

    @property
    def table(self) -> Table:
        """All cases of either run, the largest changes first."""
        return beside(self.old.run, self.new.run, self.comparison)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the comparison."""
        return tuple(self.comparison.notes)

    @property
    def same_machine(self) -> bool:
        """Whether the same machines made both runs."""
        return {*self.old.run.machines} == {*self.new.run.machines}

    @property
    def facts(self) -> list[Fact]:
        """What differs between the runs besides their numbers."""
        return [each for each in self._facts() if each.old != each.new]

    def _facts(self) -> Iterator[Fact]:
        one, two = self.old, self.new
        for name in dict.fromkeys([*one.overview.facts, *two.overview.facts]):
            yield Fact(name, one.overview.facts.get(name, ""), two.overview.facts.get(name, ""))
        yield Fact("Load when it began", one.load, two.load)
        before, now = one.run.versions(), two.run.versions()
        for name in sorted({*before, *now}):
            yield Fact(name, before.get(name, ""), now.get(name, ""))

    @property
    def facts_table(self) -> Table:
        """The facts that differ, as a table."""
        columns = (
            Column[Fact]("what", "what", lambda each: each.name, left=True),
            Column[Fact]("before", self.old.moment, lambda each: each.old or None, left=True, wraps=True),
            Column[Fact]("now", self.new.moment, lambda each: each.new or None, left=True, wraps=True),
        )
        return Table.whole(columns, self.facts)
