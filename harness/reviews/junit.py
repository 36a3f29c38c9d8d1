"""JUnit XML of a comparison: failing cases are failures, undecided ones are skipped, all others pass."""

from harness.exports.base import Outcome
from harness.exports.junit import document, judged, suite
from harness.printable import printable
from harness.reviews.base import Compared, Place


def junit(found: Compared, place: Place) -> str:  # noqa: ARG001 - every format has both parameters
    """A test case for each case, and one for a comparison that could not be decided."""
    outcomes = [Outcome(printable(each.case), each.verdict, printable(each.why), each.alarm) for each in found.cases]
    if found.unsettled:
        outcomes.append(Outcome("the whole", "undecided", printable(found.unsettled)))
    name = printable(" → ".join(found.sides))
    return document(name, [suite("linbench", [judged(each) for each in outcomes])])
