"""A check that measures: rounds go on only for what may be slower than the baseline."""

from pathlib import Path

import pytest

from harness.compare.sequential import FIRST_STORED
from harness.results import load_run
from tests.conftest import Linbench

SUITE = """
name = "small"
[plan]
rounds = 12
seconds = 0.02
[[dataset]]
use = "advertising"
[[backend]]
use = "numpy_lstsq"
"""


@pytest.mark.slow
def test_a_check_measures_as_many_rounds_as_it_needs(linbench: Linbench, tmp_path: Path) -> None:
    suite = tmp_path / "small.toml"
    suite.write_text(SUITE)
    assert linbench("run", suite).code == 0
    assert linbench("accept").code == 0
    done = linbench("check", "--measure", suite, "--no-confirm", "--format", "json", timeout=120)
    assert done.code in (0, 1), done.err
    (time,) = [each for each in done.json()["cases"][0]["judgements"] if each["kind"] == "seconds"]
    (measured,) = [load_run(path) for path in (tmp_path / "results/runs").glob("*.jsonl") if path.stem in done.err]
    rounds = len(measured.measurements)
    assert FIRST_STORED <= rounds <= 12
    if rounds < 12:
        assert time["verdict"] != "worse"
        unlikely = f"after {rounds} rounds a slowdown of 2.0% is unlikely" in time["reason"]
        assert unlikely or time["verdict"] != "undecided"  # what has become faster needs no such reason
    again = linbench("check", "--no-confirm", "--format", "json")
    assert again.json()["cases"][0]["judgements"] == done.json()["cases"][0]["judgements"]


def test_what_measures_and_what_reads_are_not_mixed(in_process: Linbench, tmp_path: Path) -> None:
    done = in_process("check", "some-run", "--measure", "default", "--results", tmp_path)
    assert (done.code, "wanted one or the other" in done.err) == (2, True)
    done = in_process("check", "--budget", "60s", "--results", tmp_path)
    assert (done.code, "--budget is for --measure" in done.err) == (2, True)
    done = in_process("check", "--measure", "default", "--results", tmp_path)
    assert (done.code, "no baseline of suite 'default'" in done.err) == (4, True)
