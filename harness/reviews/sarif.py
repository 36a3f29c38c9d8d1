"""SARIF 2.1.0 (OASIS Standard, 27 March 2020), as GitHub's code scanning and other viewers read it.

A rule is a kind of number; a result is a case that is worse by it, or, with the kind ``open``, one that could not be
decided. GitHub takes 25,000 results but shows only the 5,000 gravest, so no more are written. A result has a
fingerprint of its case and rule, which identifies it from run to run.
"""

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from harness import __version__
from harness.config import Alarm
from harness.printable import printable
from harness.records import json_text
from harness.reviews.base import Case, Compared, Place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 5_000
LEVELS: dict[Alarm, str] = {"fail": "error", "warn": "warning", "note": "note"}
UNSETTLED = "unsettled"


def sarif(found: Compared, place: Place) -> str:
    """The log: one run of one tool."""
    results = list(_results(found, place))[:MOST_RESULTS]
    rules = list(dict.fromkeys(each["ruleId"] for each in results))
    placed = [{**each, "ruleIndex": rules.index(each["ruleId"])} for each in results]
    driver = {"name": "linbench", "version": __version__, "rules": list(map(_rule, rules))}
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "linbench/"},
        "columnKind": "unicodeCodePoints",
        "results": placed,
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _results(found: Compared, place: Place) -> Iterator[dict[str, Any]]:
    if found.unsettled:
        yield _result(UNSETTLED, "", found.unsettled, place, level="warning")
    for case in found.notable():
        yield from _of_case(case, place)


def _of_case(case: Case, place: Place) -> Iterator[dict[str, Any]]:
    """One for each number that has the case's verdict; one for a case without any."""
    if not case.alarm:
        yield _result(case.verdict, case.case, case.why, place, kind="open", level="none")
        return
    numbers = [each for each in case.judgements if each.alarm]
    # a recorded reason suppresses the result in viewers (section 3.35)
    said = [{"kind": "external", "status": "accepted", "justification": printable(case.accepted)}]
    more: dict[str, Any] = {"suppressions": said} if case.accepted else {}
    for each in numbers:
        yield _result(each.kind, case.case, each.text, place, level=LEVELS[each.alarm], **more)
    if not numbers:
        yield _result(case.verdict, case.case, case.why, place, level=LEVELS[case.alarm], **more)


def _result(rule: str, case: str, text: str, place: Place, **more: Any) -> dict[str, Any]:
    where: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(place.file)}, "region": {"startLine": 1}}
    }
    if case:
        where["logicalLocations"] = [{"fullyQualifiedName": printable(case)}]
    mark = hashlib.sha256(f"{rule}\0{case}".encode("utf-8", "backslashreplace")).hexdigest()
    return {
        "ruleId": rule,
        "message": {"text": printable(f"{case}: {text}" if case else text)},
        "locations": [where],
        "partialFingerprints": {"linbenchCase/v1": mark},
        **more,
    }


def _rule(name: str) -> dict[str, Any]:
    """A rule's description."""
    texts = {UNSETTLED: "A slowdown cannot be told from the session's.", "gone": "A case is gone."}
    undecided = f"A case is {name}." if name in ("undecided", "incomparable") else f"{name} is worse."
    return {"id": name, "shortDescription": {"text": texts.get(name, undecided)}}
