"""JUnit XML, for build servers: a test case for each case of a run, or of a check.

A case fails as it does for the exit code: in a run, error, crashed, timeout, out_of_memory; in a check, what the gate
fails. What could not be decided or compared is skipped.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence

from harness.exports.base import UNDETERMINED, Format, Outcome, undetermined
from harness.judgement.digits import digits
from harness.machine import Machine
from harness.results import FAILED, Row, Run
from harness.results.machines import joined
from harness.units import seconds_text

SKIPPED = frozenset({"undecided", "incomparable", "missing", "unsupported"})


def text(run: Run) -> str:
    """The run, with a test suite for each dataset."""
    datasets = run.by_dataset.items()
    return document(run.id, [_suite_of(run, label, [*map(_case_of, rows)], _all(rows)) for label, rows in datasets])


def check(run: Run, outcomes: Sequence[Outcome]) -> str:
    """The check of a run, with a test case for each case that it compared."""
    rows = {row.case.id: row for row in run.rows}
    cases = [judged(each, rows.get(each.case)) for each in outcomes]
    return document(run.id, [_suite_of(run, f"check of {run.header.suite}", cases, run.machines)])


def _all(rows: Sequence[Row]) -> Mapping[str, Machine]:
    """The machines of all these rows."""
    return dict(sorted({id_: each for row in rows for id_, each in row.machines.items()}.items()))


def _case_of(row: Row) -> ET.Element:
    case = _case(row.case.id, row)
    if row.status in FAILED | SKIPPED:
        _add(case, "error" if row.status in FAILED else "skipped", row.status, row.worst.reason)
    return case


def judged(outcome: Outcome, row: Row | None = None) -> ET.Element:
    """The test case of an outcome, with the measured numbers if there is a row."""
    case = _case(outcome.case, row)
    if outcome.alarm == "fail" or outcome.verdict in SKIPPED:
        _add(case, "failure" if outcome.alarm == "fail" else "skipped", outcome.verdict, outcome.reason)
    else:
        case.insert(
            0, _with_text("system-out", ": ".join(filter(None, (outcome.alarm, outcome.verdict, outcome.reason))))
        )
    return case


def _case(name: str, row: Row | None) -> ET.Element:
    """A test case; its output is what was measured."""
    dataset = row.case.dataset_label if row else name.partition("/")[0]
    spent = sum(row.samples) if row else 0.0
    case = ET.Element("testcase", name=_legal(name), classname=_legal(dataset), time=f"{spent:.9f}")
    if row:
        case.append(_with_text("system-out", _measured(row)))
    return case


def _measured(row: Row) -> str:
    shown = [": ".join(filter(None, (row.status, row.worst.reason)))]
    if digits.of(row) is not None:
        shown.append(f"digits {digits.text(row.scores)}")
        shown.extend([UNDETERMINED] * undetermined(row))
    if row.timing is not None:
        shown.append(f"median {seconds_text(row.timing.median)}")
    return "\n".join(shown)


def _add(case: ET.Element, tag: str, kind: str, reason: str) -> None:
    case.insert(0, ET.Element(tag, type=kind, message=_legal(": ".join(filter(None, (kind, reason))))))


def _with_text(tag: str, content: str) -> ET.Element:
    element = ET.Element(tag)
    element.text = _legal(content)
    return element


def _suite_of(run: Run, name: str, cases: Sequence[ET.Element], machines: Mapping[str, Machine]) -> ET.Element:
    started = run.header.started.removesuffix("Z")
    return suite(name, cases, timestamp=started, hostname=joined(machines).id)


def suite(name: str, cases: Sequence[ET.Element], **attributes: str) -> ET.Element:
    """A suite of test cases."""
    whole = ET.Element("testsuite", {key: _legal(each) for key, each in {"name": name, **attributes}.items()})
    whole.extend(cases)
    return whole


def document(name: str, suites: Sequence[ET.Element]) -> str:
    """The file, with the counts of each suite and of the whole."""
    whole = ET.Element("testsuites", name=_legal(name))
    whole.extend(suites)
    for element in (whole, *suites):
        cases = list(element.iter("testcase"))
        counts = {"tests": len(cases)}
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            counts[key] = sum(1 for case in cases if case.find(tag) is not None)
        for key, count in counts.items():
            element.set(key, str(count))
        element.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.9f}")
    ET.indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(whole, encoding="unicode") + "\n"


def _legal(text: str) -> str:
    """The text, with replacements for characters that XML 1.0 (section 2.2) cannot hold."""
    return "".join(each if _allowed(ord(each)) else "\N{REPLACEMENT CHARACTER}" for each in text)


def _allowed(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


FORMAT = Format("JUnit XML of a run, or of a check", text=text, check=check)
