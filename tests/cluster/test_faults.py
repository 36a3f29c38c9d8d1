"""Processes of a cluster killed in the middle of a run; tests/benchmarks/cluster_faults.py does it twenty times."""

from pathlib import Path

import pytest

from harness.results import load_run
from tests.support.clusters import SUITE, Victim, answers, check_whole, linbench, run_file, survive


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "scheduler", "parent"])
def test_whatever_is_killed_the_run_becomes_whole_with_the_digits_of_one_machine(
    tmp_path: Path, victim: Victim
) -> None:
    run = survive(tmp_path, victim, after=4)
    check_whole(run)
    assert len({each.host for each in run.measurements}) >= 1
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "two.toml").write_text(SUITE)
    assert linbench(alone).wait(120) == 0
    path = run_file(alone)
    assert path is not None
    assert answers(load_run(path)) == answers(run)
