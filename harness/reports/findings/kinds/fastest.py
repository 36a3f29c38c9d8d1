"""The fastest right answer."""

from collections import Counter
from collections.abc import Iterator

from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, listed, right, times_text
from harness.reports.ranking import RankedRow
from harness.results import Row
from harness.units import seconds_text


@finding_kind
def fastest(facts: Facts) -> Iterator[Finding]:
    """Who is the fastest with a right answer, as far as times can be told apart, and what the slowest pays."""
    firsts = [first for group in facts.groups if (first := _first(list(group.rows)))]
    if not firsts:
        return
    wins = Counter(name for first in firsts for name in {facts.name(row) for row in first})
    name, won = wins.most_common(1)[0]
    mine = [first for first in firsts if name in {facts.name(row) for row in first}]
    peers = Counter(facts.name(row) for first in mine for row in first if facts.name(row) != name)
    shared = f"; {listed(peers)} cannot be told from it" if peers else ""
    where = f"on {mine[0][0].case.dataset_label}" if len(firsts) == 1 else f"on {won} of {len(firsts)} datasets"
    leads = "leads or ties for" if peers else "is"
    yield Finding(
        text=f"{name} {leads} the fastest right answer {where}{shared}{_slowest(facts)}.",
        surprise=48, cases=tuple(row.case.id for first in mine for row in first if facts.name(row) == name),
        style="good",
    )  # fmt: skip


def _first(rows: list[RankedRow]) -> list[Row]:
    """The fastest row that is right and those whose times cannot be told from its."""
    sound = [each for each in rows if right(each.row) and each.row.status == "ok" and each.row.timing and each.ratio]
    if len(sound) < 2:
        return []
    best = min(sound, key=lambda each: each.row.timing.median if each.row.timing else 0.0)
    return [each.row for each in sound if each is best or set(each.alike) & set(best.alike)]


def _slowest(facts: Facts) -> str:
    """What the slowest right answer takes, as a multiple of the fastest on its dataset."""
    found = [
        (slow.timing.median / quick.timing.median, slow, quick)
        for group in facts.groups
        if (sound := [each.row for each in group.rows if right(each.row) and each.row.timing])
        for slow in [max(sound, key=_median)]
        for quick in [min(sound, key=_median)]
        if slow.timing and quick.timing
    ]
    ratio, slow, quick = max(found, key=lambda each: each[0])
    if ratio < 2:
        return ""
    times = f"{seconds_text(_median(slow))} for {seconds_text(_median(quick))}"
    return f"; {facts.name(slow)} takes {times_text(ratio)} times as long on {slow.case.dataset_label} ({times})"


def _median(row: Row) -> float:
    return row.timing.median if row.timing else 0.0
