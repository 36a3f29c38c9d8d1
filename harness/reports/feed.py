"""The steps of a history as an Atom feed (RFC 4287), one entry per step.

An entry's id is made of the case, the number and the run or commit after the step. It does not change as runs are
added, so a feed reader shows each step once.
"""

import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from harness.history import History, Series, Step
from harness.printable import printable
from harness.reports.sheets.history import step_text

NAMESPACE = "http://www.w3.org/2005/Atom"
EMPTY = "1970-01-01T00:00:00Z"
"""The time of a feed without runs, which the format requires."""


def atom(found: History) -> str:
    """The feed, the newest step first."""
    ET.register_namespace("", NAMESPACE)
    steps = [(series, step) for series in found.series for step in series.steps]
    steps.sort(key=lambda each: datetime.fromisoformat(each[1].after.when), reverse=True)
    feed = ET.Element(f"{{{NAMESPACE}}}feed")
    library = found.library
    _add(feed, "title", f"linbench: steps of {library.name}" if library else "linbench: steps")
    _add(feed, "id", f"urn:linbench:steps:{quote(library.name)}" if library else "urn:linbench:steps")
    _add(feed, "updated", max((each.started for each in found.runs), default=EMPTY))
    author = ET.SubElement(feed, f"{{{NAMESPACE}}}author")
    _add(author, "name", "linbench")
    feed.extend(_entries(steps))
    ET.indent(feed)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _entries(steps: list[tuple[Series, Step]]) -> Iterator[ET.Element]:
    for series, step in steps:
        entry = ET.Element(f"{{{NAMESPACE}}}entry")
        text = step_text(step)
        _add(entry, "title", f"{series.case}: {text.partition(';')[0]}")
        _add(entry, "id", f"urn:linbench:step:{_step_hash(series, step)}")
        _add(entry, "updated", step.after.run.started)
        _add(entry, "summary", text)
        category = ET.SubElement(entry, f"{{{NAMESPACE}}}category")
        category.set("term", "worse" if step.worse else "better")
        yield entry


def _step_hash(series: Series, step: Step) -> str:
    place = step.after.place
    after = place.id if place else step.after.run.run
    parts = (series.case, series.data, str(series.threads), step.quantity, after)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, f"{{{NAMESPACE}}}{tag}").text = printable(text)
