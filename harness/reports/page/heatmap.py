"""The verdict on every case, as a map of backends by datasets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from harness.judgement.digits import digits
from harness.judgement.verdict import verdict
from harness.reports.findings import Facts
from harness.reports.sheets.summary import outcome
from harness.results import Row

WORDS = {
    "exact": "every digit is right",
    "best_possible": "as good as the data allow",
    "harmless": "off, by too little to matter",
    "visible": "off, and it shows",
    "wrong": "another answer",
    "diverged": "no answer: its numbers grew without bound",
    "failed": "no answer: it raised, died, hung or ran out of memory",
    "unsupported": "cannot do this",
    "missing": "not installed",
    "ok": "answered, not judged",
    "not_converged": "not done, not judged",
}
"""The meaning of every outcome, from the best to none."""

SIGNS = {"diverged": "∞", "failed": "✕", "unsupported": "–", "missing": "–"}


class Place(NamedTuple):
    """One case on the map: its text and outcome, the same in words, and the case's anchor on the page."""

    text: str
    outcome: str
    words: str
    anchor: str
    unsure: bool
    """Whether its status is ``not_converged``."""


@dataclass(frozen=True)
class HeatMap:
    """Places by row and column; None if the run has no such case."""

    across: tuple[str, ...]
    down: tuple[str, ...]
    places: tuple[tuple[Place | None, ...], ...]
    datasets_down: bool
    legend: tuple[tuple[str, str], ...]
    """The outcomes that occur, and what each means."""


def heat_map(facts: Facts, anchors: Mapping[str, str]) -> HeatMap:
    """The map of a run. The fewer of datasets and backends go across, so that it fits a phone."""
    found = {(row.case.dataset_label, facts.name(row)): _place(row, facts, anchors) for row in facts.run.rows}
    datasets, backends = tuple(group.title for group in facts.groups), tuple(facts.by_backend)
    datasets_down = len(backends) <= max(len(datasets), 8)
    down, across = (datasets, backends) if datasets_down else (backends, datasets)
    places = tuple(tuple(found.get((d, a) if datasets_down else (a, d)) for a in across) for d in down)
    occurring = {place.outcome for place in found.values()}
    if datasets_down:
        down = tuple(facts.datasets[each] for each in down)
    else:
        across = tuple(facts.datasets[each] for each in across)
    return HeatMap(across, down, places, datasets_down, tuple((w, s) for w, s in WORDS.items() if w in occurring))


def _place(row: Row, facts: Facts, anchors: Mapping[str, str]) -> Place:
    word, correct = outcome(row), digits.of(row)
    judged = verdict.of(row) is not None
    text = SIGNS.get(word, "?") if correct is None or (not judged and word in SIGNS) else f"{correct:.1f}"
    parts = [f"{facts.name(row)} on {facts.dataset(row)}: {word.replace('_', ' ')}"]
    parts += [row.status] if row.status != word else []
    parts += [f"{correct:.1f} correct digits"] if correct is not None else []
    return Place(text, word, ", ".join(parts), anchors[row.case.id], row.status == "not_converged")
