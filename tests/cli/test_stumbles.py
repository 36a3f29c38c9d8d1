"""What somebody new gets wrong first, and what is said of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.config import load_suite
from harness.errors import SuiteError
from tests.conftest import Linbench
from tests.support.paths import ROOT

BASELINE = ROOT / "results/baselines/default.jsonl"

GOOD = '[[dataset]]\nuse = "advertising"\n[[backend]]\nuse = "numpy_lstsq"\n'

SUITES = [
    (GOOD.replace("dataset", "datasets"), "datasets: there is no such key; did you mean 'dataset'?"),
    (
        GOOD.replace("numpy_lstsq", "sklearn"),
        "one of sklearn_ols, sklearn_ridge, sklearn_sgd, sklearnex_ols?",
    ),
    (GOOD + "fit_intercept = true\n", "no such option; intercept is a dataset's option"),
    (GOOD + "random_state = 1\n", "no such option; the seed is called seed"),
    ('[[dataset]]\nuse = "linear"\nn_samples = 1e5\n[[backend]]\nuse = "numpy_lstsq"\n', "; write 100000"),
]


@pytest.mark.parametrize(("text", "said"), SUITES)
def test_a_mistake_in_a_suite_is_told_with_what_to_write(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.toml").write_text('name = "s"\n' + text)
    with pytest.raises(SuiteError) as caught:
        load_suite(tmp_path / "s.toml")
    assert said in str(caught.value)


def test_a_file_of_data_in_a_suites_place_is_told_of_try(tmp_path: Path, in_process: Linbench) -> None:
    (tmp_path / "houses.csv").write_text("a,y\n1,2\n")
    for name in ("houses.csv", "absent.csv"):
        done = in_process("run", name)
        assert done.code == 2
        assert f"to fit a file of data: linbench try {name} --target COLUMN" in done.err


def test_no_rounds_are_said_to_be_too_few(in_process: Linbench) -> None:
    assert "wanted at least 1" in in_process("run", "--rounds", "0").err


def test_an_own_folder_called_backends_is_no_obstacle(tmp_path: Path, linbench: Linbench) -> None:
    (tmp_path / "backends").mkdir()
    (tmp_path / "backends/__init__.py").write_text("x = (")
    done = linbench("list", "scores")
    assert done.code == 0, done.err


@pytest.mark.parametrize("width", [40, 60, 80, 99])
def test_no_line_is_wider_than_a_narrow_screen(environment: dict[str, str], linbench: Linbench, width: int) -> None:
    environment["COLUMNS"] = str(width)
    lines = linbench("show", BASELINE).out.splitlines()
    assert max(map(len, lines)) <= width
    assert any("15.1" in line for line in lines)


def test_a_descent_that_is_right_is_unchecked_and_no_failure(tmp_path: Path, linbench: Linbench) -> None:
    table = 'use = "scratch_gd"\nlearning_rate = 0.1\nepochs = 165'
    text = 'name = "s"\nplan = { seconds = 0.01 }\n[[dataset]]\nuse = "advertising"\nscale = "standard"\n'
    (tmp_path / "s.toml").write_text(text + f"[[backend]]\n{table}\n")
    done = linbench("run", "s.toml")
    assert done.code == 0, done.err
    assert "unchecked" in done.out


WITHOUT = """
import asyncio, os, psutil, signal, subprocess, sys, tempfile
sys.modules |= dict.fromkeys(["fcntl", "resource", "pwd", "grp", "termios", "pty"])
for name in ("getuid", "geteuid", "killpg", "sysconf", "getloadavg", "sched_getaffinity", "fork", "statvfs", "setsid"):
    delattr(os, name)
for name in ("SIGKILL", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGSTOP", "SIGCONT", "SIGQUIT"):
    delattr(signal, name)
sys.argv = ["linbench", *sys.argv[1:]]
from harness.__main__ import main
main()
"""
"""A Python as Windows has it, as far as the harness asks for what a POSIX system has."""


@pytest.mark.parametrize(
    ("words", "code"),
    [(["show", str(BASELINE)], 0), (["validate", "default"], 0), (["export", str(BASELINE)], 0), (["run"], 2),
     (["try", "advertising"], 2), (["selftest"], 2), (["list", "backends"], 0),
     (["report", str(BASELINE)], 0), (["compare", str(BASELINE), str(BASELINE)], 0), (["site", str(BASELINE)], 0),
     (["new"], 0), (["doctor"], 2)],
)  # fmt: skip
def test_where_files_cannot_be_locked_what_reads_works(
    tmp_path: Path, environment: dict[str, str], words: list[str], code: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    if code:
        assert "measuring takes Linux or macOS" in done.stderr
