"""Cases of one run against one another: the interval of a row, ratios within rounds, letters, and what is noisy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from harness.judgement import Scores
from harness.reports.layout import lay_out
from harness.reports.layout.csv import csv
from harness.reports.ranking import Ratio, letters, ranked, ratio
from harness.reports.sheets.rows import rows as rows_report
from harness.reports.sheets.table import table
from harness.results import Measurement, Row, Run, Timing
from tests.support.runs import header, key


def row(name: str, times: Sequence[float | None], *, control: Sequence[float] = (1e-3,), **changes: Any) -> Row:
    """A case with one sample a round, in seconds; None for a round that was lost."""
    case = f"linear/{name}/cpu/float64"
    fixed = {"case": case, "status": "ok", "repeats": 1000, "scores": Scores({"digits": 14.0, "ill_posed": False})}
    samples = [
        {"seconds": (), "control": ()} if t is None else {"seconds": (t,), "control": tuple(control)} for t in times
    ]
    measurements = tuple(Measurement(**{**fixed, "round": i, **each, **changes}) for i, each in enumerate(samples))
    return Row(key(case), measurements)


def timing(found: Row) -> Timing:
    assert found.timing is not None
    return found.timing


def test_three_rounds_make_an_interval_of_what_lies_between_them() -> None:
    times = [1.0, 1.1, 1.21]
    found = timing(row("a", times))
    theirs = stats.t.interval(0.95, 2, np.mean(np.log(times)), stats.sem(np.log(times)))
    assert found.median == pytest.approx(1.1)
    assert (found.low, found.high) == pytest.approx(tuple(np.exp(theirs)))
    assert (found.interval, found.rounds, found.samples) == ("rounds", 3, 3)


def test_samples_of_a_round_do_not_narrow_it() -> None:
    one = timing(row("a", [1.0, 1.1, 1.21]))
    measured = [
        Measurement(case="a", round=i, status="ok", seconds=(time,) * 500, control=(1e-3,))
        for i, time in enumerate((1.0, 1.1, 1.21))
    ]
    many_samples = timing(Row(key("linear/a/cpu/float64"), tuple(measured)))
    assert (many_samples.low, many_samples.high) == pytest.approx((one.low, one.high))


@pytest.mark.parametrize("times", [[1.0], [1.0, 1.2], [1.0, None, 1.2], [0.0, 1.0, 1.0]])
def test_fewer_rounds_or_times_without_a_logarithm_have_quartiles(times: list[float | None]) -> None:
    assert timing(row("a", times)).interval == "quartiles"


def test_a_row_without_a_time_has_none() -> None:
    assert row("a", [None, None]).timing is None


def test_noisy_is_what_varies_between_rounds_or_within_the_control() -> None:
    quiet = [1.0, 1.01, 0.99, 1.0]
    assert not timing(row("a", quiet)).noisy
    assert timing(row("a", [1.0, 1.2, 0.9, 1.1])).noisy
    assert timing(row("a", quiet, control=[1e-3] * 5 + [1.3e-3] * 5)).noisy
    assert not timing(row("a", [1.0, 1.2])).noisy


def test_a_ratio_is_taken_within_the_round() -> None:
    drift = [1.0, 2.0, 1.5, 3.0, 1.2]
    found = ratio(row("slow", [2 * each for each in drift]), row("fast", drift))
    assert found is not None
    assert found.ratio == pytest.approx(2.0)
    assert found.low is not None
    assert found.high is not None
    assert 1.99 < found.low < 2 < found.high < 2.01


def test_a_ratio_takes_the_rounds_that_both_have() -> None:
    found = ratio(row("slow", [2.0, None, 2.0, 2.0, 99.0]), row("fast", [1.0, 7.0, 1.0, 1.0, None]))
    assert found is not None
    assert found.ratio == pytest.approx(2.0)
    assert ratio(row("slow", [2.0, None, 2.0]), row("fast", [1.0, 1.0, 1.0])) is None


def noisy(level: float, seed: int, rounds: int = 8) -> list[float]:
    drawn: list[float] = (level * np.exp(0.01 * np.random.default_rng(seed).standard_normal(rounds))).tolist()
    return drawn


def test_what_cannot_be_told_apart_shares_a_letter() -> None:
    rows = [row("c", noisy(2.0, 1)), row("a", noisy(1.0, 2)), row("b", noisy(1.0, 3)), row("few", [1.0, 1.0])]
    assert letters(rows) == ["b", "a", "a", ""]


def test_a_middle_one_can_share_with_both() -> None:
    rng = np.random.default_rng(5)
    drift = rng.standard_normal(12)
    base = 0.02 * rng.standard_normal((3, 12)) + drift
    rows = [row(str(i), np.exp(base[i] + 0.016 * i).tolist()) for i in range(3)]
    assert letters(rows) == ["a", "ab", "b"]


def test_equal_rows_are_one_group_and_more_groups_than_letters_have_names() -> None:
    assert letters([row("a", [1.0] * 5), row("b", [1.0] * 5)]) == ["a", "a"]
    many = letters([row(str(i), [2.0**i] * 10) for i in range(30)])
    assert many[:2] + many[25:28] == ["a", "b", "z", "a2", "b2"]


def test_telling_identical_rows_apart_is_rare() -> None:
    wrong = sum(
        len(set(letters([row(str(i), noisy(1.0, 100 * trial + i)) for i in range(6)]))) > 1 for trial in range(100)
    )
    assert wrong <= 8


def run_of(*rows: Row) -> Run:
    return Run(
        Path("r.jsonl"),
        header(0, [each.case for each in rows]),
        tuple(m for each in rows for m in each.measurements),
        "later",
    )


def text_of(run: Run) -> str:
    return lay_out(table(run), "text")


def test_the_table_shows_the_interval_the_letters_and_the_noise() -> None:
    text = text_of(run_of(row("slow", noisy(2.0, 1)), row("fast", noisy(1.0, 2)), row("wild", [3.0, 6.0, 4.0, 9.0])))
    fast, slow = (
        next(line for line in text.splitlines() if line.strip().startswith(name)) for name in ("fast", "slow")
    )
    assert "1.00 a" in fast
    assert "2.0" in slow
    assert " % b" in slow
    assert "95 % of rounds" in text
    assert "quartiles" not in text
    assert "share a letter cannot be told apart" in text
    assert "wild: noisy: the machine's speed was not steady" in text


def test_one_round_has_no_letters_and_the_ratio_of_medians() -> None:
    text = text_of(run_of(row("slow", [2.0]), row("fast", [1.0])))
    assert "2.00" in text
    assert "±" not in text
    assert "letter" not in text


def test_the_ratio_in_the_table_is_that_of_the_medians_beside_it() -> None:
    (group,) = ranked(run_of(row("slow", noisy(2.0, 1)), row("fast", noisy(1.0, 2))))
    fast, slow = group.rows
    assert slow.ratio is not None
    assert slow.ratio.low is not None
    assert slow.ratio.high is not None
    assert slow.ratio.ratio == pytest.approx(timing(slow.row).median / timing(fast.row).median)
    assert slow.ratio.low < slow.ratio.ratio < slow.ratio.high
    assert fast.ratio == Ratio(1.0)


def test_csv_has_the_interval() -> None:
    lines = csv(rows_report(run_of(row("slow", noisy(2.0, 1)), row("fast", noisy(1.0, 2))))).splitlines()
    assert {"ratio_low", "ratio_high", "alike", "seconds_noisy"} <= set(lines[0].split(","))
