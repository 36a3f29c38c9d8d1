"""Whether `scratch_ols` is first: its time over the fastest peer's and its digits beside the most of any peer's.

    python -m tests.benchmarks.first_in_row RUN…

Peers are all other rows that are ``ok`` and none of linbench's own solvers. The interval is of 95 %, over the rounds of
a run, each ratio within its round; a tie is an interval that reaches 1.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.judgement.digits import digits
from harness.reports.ranking import Ratio, ratio
from harness.results import Row, Run, load_run

OURS = "scratch_ols"


class Beside(NamedTuple):
    """One problem: the fastest peer, the time of `OURS` over that peer's, and the digits of both sides."""

    problem: str
    threads: int
    peer: str
    ratio: Ratio
    digits: float
    most: float

    @property
    def place(self) -> str:
        """In a word."""
        if self.ratio.low is None or self.ratio.high is None:
            return "too few rounds"
        if self.ratio.high < 1:
            return "first"
        return "tie" if self.ratio.low <= 1 else "slower"


def beside(run: Run) -> Iterator[Beside]:
    """Each problem that `OURS` and some peer have solved."""
    for label, rows in run.by_dataset.items():
        solved = [row for row in rows if row.status == "ok" and row.timing is not None]
        ours = next((row for row in solved if row.case.backend == OURS), None)
        peers = [row for row in solved if not row.case.backend.startswith("scratch_")]
        if ours is None or not peers:
            continue
        fastest = min(peers, key=_median)
        took = ratio(ours, fastest) or Ratio(_median(ours) / _median(fastest))
        most = max(map(_digits, peers))
        yield Beside(label, run.header.plan.threads, fastest.case.backend, took, _digits(ours), most)


def _median(row: Row) -> float:
    assert row.timing is not None
    return row.timing.median


def _digits(row: Row) -> float:
    return digits.of(row) or 0.0


def table(found: Sequence[Beside]) -> str:
    """In Markdown."""
    lines = [
        "| problem | threads | fastest peer | time over its | 95 % | | digits | most of any peer |",
        "| --- | ---: | --- | ---: | --- | --- | ---: | ---: |",
    ]
    for each in found:
        took, low, high = each.ratio
        interval = "–" if low is None or high is None else f"{low:.2f} to {high:.2f}"
        lines.append(
            f"| {each.problem} | {each.threads} | {each.peer} | {took:.2f} | {interval} | {each.place} "
            f"| {each.digits:.1f} | {each.most:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table, and how often it is first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    found = [each for path in parser.parse_args().runs for each in beside(load_run(path))]
    print(table(found))
    places = [each.place for each in found]
    counts = ", ".join(f"{places.count(each)} {each}" for each in dict.fromkeys(places))
    fewer = sum(each.digits < each.most for each in found)
    print(f"\n{len(found)} problems: {counts}; fewer digits than a peer in {fewer}")


if __name__ == "__main__":
    main()
