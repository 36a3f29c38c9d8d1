"""Sweeps on a logarithmic scale."""

from pathlib import Path

import pytest

from harness.config import load_suite
from harness.errors import SuiteError


def suite(folder: Path, sweep: str, option: str = "n_samples") -> Path:
    path = folder / "s.toml"
    path.write_text(f'name = "s"\n[[dataset]]\nuse = "normal"\n{option} = {sweep}\n[[backend]]\nuse = "scratch_ols"\n')
    return path


@pytest.mark.parametrize(
    ("sweep", "values"),
    [
        ("{ log = [1000, 1000000], steps = 4 }", [1000, 10_000, 100_000, 1_000_000]),
        ("{ log = [1, 3], steps = 9 }", [1, 2, 3]),
        ("{ log = [100, 10], steps = 3 }", [100, 32, 10]),
    ],
)
def test_whole_numbers_on_a_log_scale(tmp_path: Path, sweep: str, values: list[int]) -> None:
    cases = load_suite(suite(tmp_path, sweep)).cases
    assert [case.dataset.options["n_samples"] for case in cases] == values


def test_other_numbers_keep_their_ends(tmp_path: Path) -> None:
    cases = load_suite(suite(tmp_path, "{ log = [1e-3, 0.1], steps = 3 }", "noise")).cases
    values = [case.dataset.options["noise"] for case in cases]
    assert values[::2] == [1e-3, 0.1]
    assert values[1] == pytest.approx(1e-2)


@pytest.mark.parametrize(
    ("sweep", "words"),
    [
        ("{ log = [1, 10] }", r"got a table of log, wanted \{ log = \[low, high\], steps = 5 \}"),
        ("{ log = [0, 10], steps = 3 }", "log: got .* wanted two numbers above 0"),
        ("{ log = [1, inf], steps = 3 }", "log: got .* wanted two numbers above 0"),
        ("{ log = 3, steps = 3 }", "log: got 3"),
        ("{ log = [1, 10], steps = 1 }", "steps: got 1, wanted a whole number from 2 to 1000"),
        ("{ log = [1, 10], steps = true }", "steps: got True"),
        ("{ from = 1 }", "got a table of from"),
        ("{ }", "got a table of nothing"),
    ],
)
def test_bad_sweeps_are_one_line(tmp_path: Path, sweep: str, words: str) -> None:
    with pytest.raises(SuiteError, match=rf"dataset\[1\]\.n_samples: {words}"):
        load_suite(suite(tmp_path, sweep))
