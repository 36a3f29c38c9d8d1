"""Why an answer is wrong: causes are tested by computing or measuring, and named only with digits before and after."""

from harness.explain.given import Given, given
from harness.explain.identified import Identified, identify
from harness.explain.question import Question

__all__ = ["Given", "Identified", "Question", "given", "identify"]
