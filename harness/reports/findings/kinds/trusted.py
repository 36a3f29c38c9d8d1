"""Backends that are right everywhere."""

from collections.abc import Iterator, Mapping, Sequence

from harness.judgement.attainable import attainable
from harness.judgement.digits import digits
from harness.judgement.measured_in import measured_in
from harness.judgement.verdict import verdict
from harness.reports.findings.base import Finding, finding_kind
from harness.reports.findings.facts import Facts, error, listed, right, times_text
from harness.results import Row
from harness.units import count_text


@finding_kind
def trusted(facts: Facts) -> Iterator[Finding]:
    """Whom to trust: the backends that are right on every dataset of the run."""
    if not any(verdict.of(row) for row in facts.run.rows):
        return
    datasets = len(facts.groups)
    whole = {name: rows for name, rows in facts.by_backend.items() if len(rows) >= datasets}
    sure = [name for name, rows in whole.items() if all(map(right, rows))]
    everywhere = "on this dataset" if datasets == 1 else f"on all {count_text(datasets, 'dataset')}"
    of = f"{len(sure)} of {count_text(len(facts.by_backend), 'backend')}"
    if sure:
        verb = "is" if len(sure) == 1 else "are"
        text = f"{of} {verb} right {everywhere}: {listed(sure, 6)}{_reach(whole, sure) if datasets == 1 else ''}."
    else:
        text = f"No backend is right {everywhere}."
    some_wrong = any(verdict.of(row) and not right(row) for row in facts.run.rows)
    surprise = 60 if not sure else 50 if some_wrong else 46  # if no answer is wrong, the fastest comes first
    yield Finding(text=text, surprise=surprise, style="good" if sure else "bad")


def _reach(whole: Mapping[str, Sequence[Row]], sure: Sequence[str]) -> str:
    """Their digits, the digits that the data determine, and the largest error."""
    rows = [row for name in sure for row in whole[name]]
    known = sorted(found for row in rows if (found := digits.of(row)) is not None)
    most, worst = attainable.of(rows[0]), max(rows, key=error)
    if not known or most is None:
        return ""
    span = " to ".join(dict.fromkeys((f"{known[0]:.1f}", f"{known[-1]:.1f}")))
    left = f"; at most {times_text(error(worst))} {measured_in.of(worst)} off" if error(worst) else ""
    return f" ({span} digits where the data determine {most:.1f}{left}, which changes no conclusion)"
