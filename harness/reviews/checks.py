"""Request bodies for GitHub's check runs: one that creates the run, and one more for every fifty further annotations.

The first is sent to ``POST /repos/OWNER/REPO/check-runs``, the others to ``PATCH …/check-runs/ID``. GitHub takes at
most 50 annotations per request, 255 characters of a title, 64 KB of a message, and 65,535 characters of a summary.
"""

import re
from typing import Any

from harness.config import Alarm
from harness.errors import UsageError
from harness.records import json_text
from harness.reviews.base import Case, Compared, Place, short
from harness.reviews.comment import comment

MOST_ANNOTATIONS = 50
MOST_TITLE = 255
MOST_MESSAGE = 16_000
"""Characters, of up to four bytes each."""
MOST_SUMMARY = 65_535

LEVELS: dict[Alarm, str] = {"fail": "failure", "warn": "warning", "note": "notice", "": "warning"}


def checks(found: Compared, place: Place) -> str:
    """The bodies as a JSON list, to be sent in turn.

    Raises
    ------
    UsageError
        When the commit is not a full id, which GitHub requires.
    """
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", place.commit):
        raise UsageError(f"review: --format checks got --commit {place.commit!r}, wanted the full id of the commit")
    output = {
        "title": short(f"{found.word}: {found.counts}", MOST_TITLE),
        "summary": comment(found, place)[:MOST_SUMMARY],
    }
    notes = [_annotation(each, place.file) for each in found.notable()]
    parts = [notes[i : i + MOST_ANNOTATIONS] for i in range(0, max(1, len(notes)), MOST_ANNOTATIONS)]
    first = {
        "name": "linbench", "head_sha": place.commit, "status": "completed", "conclusion": _conclusion(found),
        **({"details_url": place.address} if place.address else {}),
        "output": {**output, "annotations": parts[0]},
    }  # fmt: skip
    return json_text([first, *({"output": {**output, "annotations": part}} for part in parts[1:])], indent=1)


def _conclusion(found: Compared) -> str:
    """``neutral`` for warnings and undecided comparisons, so that they do not block merging."""
    compared = any(case.judgements for case in found.cases)
    neutral = found.alarm == "warn" or found.unsettled or not compared
    return "failure" if found.alarm == "fail" else "neutral" if neutral else "success"


def _annotation(case: Case, file: str) -> dict[str, Any]:
    return {
        "path": file, "start_line": 1, "end_line": 1, "annotation_level": LEVELS[case.alarm],
        "title": short(case.case, MOST_TITLE), "message": short(case.why, MOST_MESSAGE),
    }  # fmt: skip
