"""One in twenty of `python -m tests.attack`: what is read and what is said, without measuring anything."""

import subprocess
import sys

from tests.attack.misbehaving import ANSWERS, FAULTS, MOMENTS
from tests.attack.tally import Ended, Tally, table_of
from tests.support.paths import ROOT


def test_nothing_breaks_in_one_of_twenty_attacks() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.attack", "--quick", "suites", "commands", "flips"],
        cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    counts = [[int(each) for each in line.split("|")[2:-1]] for line in done.stdout.splitlines()[2:]]
    assert [wrong for _, *wrong in counts] == [[0] * 5] * 3
    assert all(tried >= 9 for tried, *_ in counts)


def test_the_table_counts_what_did_not_hold() -> None:
    tally = Tally("a kind")
    tally.judge("fine", Ended(2, "", "linbench: no\n"), (2,), lines=1)
    tally.judge("hung", Ended(None, "", ""), (0,))
    tally.judge("broke", Ended(70, "", "linbench: internal error"), (70,))
    tally.judge("trace", Ended(2, "", "Traceback (most recent call last):"), (2,))
    tally.judge("code", Ended(1, "", ""), (0, 2))
    tally.judge("talks", Ended(2, "", "one\ntwo"), (2,), lines=1)
    tally.count("rows_lost", "a row")
    assert tally.wrong == 6
    assert table_of([tally]).splitlines()[-1] == "| a kind | 6 | 2 | 1 | 2 | 1 | 0 |"


def test_there_are_as_many_misbehaving_backends_as_were_asked_for() -> None:
    assert len(FAULTS) * len(MOMENTS) + 2 * len(ANSWERS) > 120
