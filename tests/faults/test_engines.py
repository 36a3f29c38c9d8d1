"""Whatever a program that is not Python does, it is a row with the reason: through the real command."""

import sys
from pathlib import Path

from harness.results import load_run
from tests.conftest import Linbench

FAULTS = {
    "hangs": ("timeout", "Fake gave no answer within 2 s; its last words: still thinking"),
    "dies": ("error", "Fake ended with status 3 before it answered; its last words: Segmentation is near"),
    "killed": ("error", "Fake was killed by SIGKILL before it answered"),
    "endless noise": ("error", "and no answer"),
    "nan": ("error", "Fake answered nan for number 2 of 3 estimates"),
    "decimal comma": ("error", "'0,5', with a decimal comma"),
    "few": ("error", "Fake answered 2 estimates, wanted 3"),
    "lies": ("error", "Fake claims 3600 s for a fit that took"),
    "errs": ("error", "Fake: singular matrix"),
    "declines": ("unsupported", "Fake: I fit no lines"),
    "lacks": ("missing", "Fake: the package X; install x-dev"),
}

SUITE = """
name = "faults"
[plan]
seconds = 0.01
[[dataset]]
use = "synthetic"
n_samples = 20
n_features = 2
[[backend]]
use = "fake_fake"
deadline = 2.0
{options}
[[backend]]
use = "numpy_lstsq"
"""


def test_every_fault_of_a_program_is_a_row_with_its_reason(linbench: Linbench, tmp_path: Path) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(SUITE.format(options=f"mode = {['noise', 'honest', *FAULTS]}"))
    done = linbench("run", file, "--format", "json")
    assert done.code == 3, done.err
    rows = {row["options"].get("mode", row["backend"]): row for row in done.json()["rows"]}
    for mode, (status, words) in FAULTS.items():
        assert (rows[mode]["status"], words in rows[mode]["reason"]) == (status, True), rows[mode]
    for mode in ("honest", "noise", "numpy_lstsq"):
        assert rows[mode]["status"] == "ok", rows[mode]
    owns = {mode: rows[mode]["seconds"]["own"] for mode in ("honest", "noise", "numpy_lstsq")}
    assert owns == {"honest": 1e-9, "noise": None, "numpy_lstsq": None}


def test_several_versions_of_a_program_stand_side_by_side(linbench: Linbench, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.write_text(f'#!/bin/sh\nFAKE_VERSION=0.9 exec {sys.executable} "$@"\n')
    older.chmod(0o755)
    file = tmp_path / "versions.toml"
    file.write_text(SUITE.format(options=f"program = {[sys.executable, str(older)]}"))
    assert linbench("run", file).code == 0
    (run,) = tmp_path.glob("results/runs/*.jsonl")
    measured = {each.case: each for each in load_run(run).measurements if "fake_fake" in each.case}
    assert {"older" in case: each.versions["fake"] for case, each in measured.items()} == {False: "1.2", True: "0.9"}
