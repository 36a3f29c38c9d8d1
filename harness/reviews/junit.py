"""JUnit XML of a comparison: what fails is a failure, what could not be told is skipped, and all else is passed."""

from harness.exports.base import Outcome
from harness.exports.junit import document, judged, suite
from harness.printable import printable
from harness.reviews.base import Compared, Place


def junit(found: Compared, place: Place) -> str:  # noqa: ARG001 - of every format
    """A test case for each case, and one for whether it could be decided."""
    told = [Outcome(printable(each.case), each.verdict, printable(each.why), each.alarm) for each in found.cases]
    if found.unsettled:
        told.append(Outcome("the whole", "undecided", printable(found.unsettled)))
    name = printable(" → ".join(found.sides))
    return document(name, [suite("linbench", [judged(each) for each in told])])
