"""The fastest right answer."""

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, listed, right, times_text
from harness.reports.ranking import RankedRow
from harness.results import Row
from harness.units import count_text, seconds_text

NEAR = 1.2
"""Ratio to the fastest time up to which a single round cannot tell two apart."""


@finding_kind
def fastest(facts: Facts) -> Iterator[Finding]:
    """The fastest right answer, with those that do not differ from it, and the cost of the slowest."""
    leaders = [leader for group in facts.groups if (leader := _leader(group.rows))]
    firsts = [_tied(leader, rows) for leader, rows in leaders if leader.alike]
    if leaders and not firsts:
        yield Finding(text=_undecided(facts), surprise=30)
    if not firsts:
        return
    wins = Counter(name for first in firsts for name in {facts.name(row) for row in first})
    name, won = wins.most_common(1)[0]
    mine = [first for first in firsts if name in {facts.name(row) for row in first}]
    peers = Counter(facts.name(row) for first in mine for row in first if facts.name(row) != name)
    shared = f"; {listed(peers)} cannot be told apart from it" if peers else ""
    where = f"on {facts.dataset(mine[0][0])}" if len(firsts) == 1 else f"on {won} of {len(firsts)} datasets"
    leads = "leads or ties for" if peers else "is"
    yield Finding(
        text=f"{name} {leads} the fastest right answer {where}{shared}{_slowest(facts)}.",
        surprise=48, cases=tuple(row.case.id for first in mine for row in first if facts.name(row) == name),
        style="good",
    )  # fmt: skip


def _undecided(facts: Facts) -> str:
    """The best times, if the rounds are too few to say which is the fastest.

    Among few samples, the shortest is the one least disturbed by a busy machine.
    """
    rounds = count_text(facts.run.header.plan.rounds, "round")
    if len(facts.groups) > 1:
        return f"{rounds} cannot tell which is fastest{_slowest(facts)}."
    best = {
        facts.name(each.row): min(each.row.samples)
        for each in facts.groups[0].rows
        if right(each.row) and each.row.samples
    }
    near = [name for name, seconds in best.items() if seconds <= NEAR * min(best.values())]
    least = seconds_text(min(best.values()))
    return f"Fastest in its best sample, {least}: {listed(near)}; {rounds} cannot tell for sure{_slowest(facts)}."


def _leader(rows: Sequence[RankedRow]) -> tuple[RankedRow, list[RankedRow]] | None:
    """The row with the shortest time among the right ones, and all right ones; None if fewer than two."""
    sound = [each for each in rows if right(each.row) and each.row.status == "ok" and each.row.timing]
    return (min(sound, key=lambda each: each.row.median or 0.0), sound) if len(sound) > 1 else None


def _tied(leader: RankedRow, rows: Sequence[RankedRow]) -> list[Row]:
    """The leader's row, and all that do not differ from it significantly; only rows with letters can."""
    return [each.row for each in rows if each is leader or not each.alike or set(each.alike) & set(leader.alike)]


def _slowest(facts: Facts) -> str:
    """The time of the slowest right answer, as a multiple of the fastest on its dataset."""
    found = [
        (slow.median / quick.median, slow, quick)
        for group in facts.groups
        if (sound := [each.row for each in group.rows if right(each.row) and each.row.median])
        for slow in [max(sound, key=lambda row: row.median or 0.0)]
        for quick in [min(sound, key=lambda row: row.median or 0.0)]
        if slow.median and quick.median
    ]
    ratio, slow, quick = max(found, key=lambda each: each[0])
    if ratio < 2:
        return ""
    times = f"{seconds_text(slow.median)} against {seconds_text(quick.median)}"
    return f"; {facts.name(slow)} takes {times_text(ratio)} times as long on {facts.dataset(slow)} ({times})"
