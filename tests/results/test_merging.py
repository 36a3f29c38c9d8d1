"""Several runs as one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import StoreError
from harness.machine import Host, Machine
from harness.results import Measurement, Run, load_run
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


def on(name: str, *measurements: Measurement) -> list[Measurement]:
    return [replace(each, host=Host(machine=Machine(id=name * 6, cpu=f"{name} processor"))) for each in measurements]


def cluster_run(folder: Path, hours: float, **hosts: str) -> Run:
    """A run begun on machine one, each of whose cases was measured on the host of that letter."""
    lines = [line for case, host in hosts.items() for line in on(host, measured(RNG, f"d/{case}/cpu/float64"))]
    return load_run(write_run(folder, hours, lines))


def test_cases_that_kept_their_host_are_more_rounds_of_the_same_cases(tmp_path: Path) -> None:
    whole = merged([cluster_run(tmp_path, hours, one="a", other="b") for hours in (0, 1)])
    assert {row.case.id: len(row.measurements) for row in whole.rows} == {ONE: 2, OTHER: 2}
    assert {row.case.id: {*row.machines} for row in whole.rows} == {ONE: {"aaaaaa"}, OTHER: {"bbbbbb"}}


def test_a_case_that_changed_its_host_is_two_though_both_runs_were_begun_on_one_machine(tmp_path: Path) -> None:
    whole = merged([cluster_run(tmp_path, 0, one="a", other="b"), cluster_run(tmp_path, 1, one="b", other="b")])
    assert {row.case.id: {*row.machines} for row in whole.rows} == {
        f"{ONE}/machine-aaaaaa": {"aaaaaa"},
        f"{ONE}/machine-bbbbbb": {"bbbbbb"},
        f"{OTHER}/machine-bbbbbb": {"bbbbbb"},
    }
    assert [len(row.measurements) for row in whole.rows if row.case.id.startswith(OTHER)] == [2]
    assert {each.name for each in whole.header.environments} == {"machine-aaaaaa", "machine-bbbbbb"}


def test_runs_begun_on_unlike_machines_keep_what_each_row_was_measured_on(tmp_path: Path) -> None:
    alone = run_at(tmp_path, 0, ONE, rounds=1)
    whole = merged([alone, cluster_run(tmp_path, 1, other="b")])
    assert {row.case.id: {*row.machines} for row in whole.rows} == {ONE: {"one"}, OTHER: {"bbbbbb"}}
    moved = merged([run_at(tmp_path, 2, ONE, rounds=1, machine="two"), alone])
    assert {row.case.id: {*row.machines} for row in moved.rows} == {
        f"{ONE}/machine-two": {"two"},
        f"{ONE}/machine-one": {"one"},
    }
