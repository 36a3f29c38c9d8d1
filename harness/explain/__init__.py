"""Why an answer is not the right one: every cause measured, none named without a before and an after."""

from harness.explain.given import Given, given
from harness.explain.identified import Identified, identify
from harness.explain.question import Question

__all__ = ["Given", "Identified", "Question", "given", "identify"]
