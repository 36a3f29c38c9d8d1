"""Several runs as one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import StoreError
from harness.machine import Machine
from harness.results import Run, load_run
from harness.results.header import ProblemRecord
from harness.results.merging import merged
from tests.conftest import Linbench
from tests.support.runs import measured, write_run

RNG = np.random.default_rng(0)
ONE, OTHER = "d/one/cpu/float64", "d/other/cpu/float64"


def run_at(folder: Path, hours: float, *cases: str, rounds: int = 2, machine: str = "one") -> Run:
    lines = [measured(RNG, case, round_) for round_ in range(rounds) for case in cases]
    run = load_run(write_run(folder, hours, lines, machine=Machine(id=machine, cpu=f"{machine} processor")))
    plan = run.header.plan.model_copy(update={"rounds": rounds})
    return replace(run, header=replace(run.header, plan=plan))


def test_runs_of_one_machine_are_more_rounds_of_the_same_cases(tmp_path: Path) -> None:
    whole = merged([run_at(tmp_path, 0, ONE), run_at(tmp_path, 1, ONE, OTHER, rounds=3)])
    rounds = {row.case.id: [each.round for each in row.measurements] for row in whole.rows}
    assert rounds == {ONE: [0, 1, 2, 3, 4], OTHER: [2, 3, 4]}
    assert whole.header.plan.rounds == 5
    assert whole.header.machine.cpu == "one processor"
    assert whole.finished is not None


def test_machines_are_environments_of_their_own_and_share_no_round(tmp_path: Path) -> None:
    whole = merged([run_at(tmp_path, 0, ONE), run_at(tmp_path, 1, ONE, machine="two")])
    assert [row.case.id for row in whole.rows] == [f"{ONE}/machine-one", f"{ONE}/machine-two"]
    assert {each.name for each in whole.header.environments} == {"machine-one", "machine-two"}
    first, second = (set(row.rounds) for row in whole.rows)
    assert not first & second
    assert whole.header.machine.cpu == "2 machines: one processor (machine-one); two processor (machine-two)"


def test_what_is_unlike_is_refused(tmp_path: Path) -> None:
    run = run_at(tmp_path, 0, ONE)
    with pytest.raises(StoreError, match="given twice"):
        merged([run, run])
    other = run_at(tmp_path, 1, ONE)
    with pytest.raises(StoreError, match="their suite differ"):
        merged([run, replace(other, header=replace(other.header, suite="nist"))])
    problem = ProblemRecord(dataset_label="d", dtype="float64", data="a" * 64, n_samples=9, n_features=1)
    theirs = replace(problem, data="b" * 64)
    with pytest.raises(StoreError, match="their data of d differ"):
        merged([replace(run, problems=(problem,)), replace(other, problems=(theirs,))])


def test_the_command_writes_a_run_that_every_verb_reads(in_process: Linbench, tmp_path: Path) -> None:
    paths = [write_run(tmp_path / "given", hours, [measured(RNG)]) for hours in (0, 1)]
    done = in_process("merge", *paths)
    assert done.code == 0, done.err
    path = tmp_path / done.out.strip()
    assert len(load_run(path).rows[0].measurements) == 2
    assert in_process("show", path).code == 0
    assert in_process("merge", *paths, "--out", tmp_path / "both.jsonl").out.strip() == str(tmp_path / "both.jsonl")
    assert in_process("merge", paths[0]).code == 2
