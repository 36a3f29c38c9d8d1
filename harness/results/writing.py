"""Writes a run's records as the lines of a file."""

from collections.abc import Iterator

from harness.records import values_of
from harness.results.lines import line_of
from harness.results.run import ExplanationLine, FinishedLine, ProblemLine, Run


def records_of(run: Run) -> Iterator[object]:
    """The records of a run's file, line by line."""
    yield run.header
    for problem in run.problems:
        yield ProblemLine(problem=problem)
    yield from run.measurements
    if run.finished is not None:
        yield FinishedLine(finished=run.finished)
    for explanation in run.explanations:
        yield ExplanationLine(explanation=explanation)


def content_of(run: Run) -> bytes:
    """The contents of the run's file."""
    return b"".join(line_of(values_of(each)) for each in records_of(run))
