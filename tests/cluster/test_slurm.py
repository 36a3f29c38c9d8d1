"""Slurm's jobs: by what its commands would say, and on a real Slurm where there is one (`slurm_here.sh` starts one)."""

import importlib.util
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from harness.cluster import slurm
from harness.cluster.slurm import Jobs, State, check_job
from harness.errors import ClusterError
from harness.results import load_run
from tests.support.clusters import SUITE, check_whole, linbench, rows_in, run_file, until
from tests.support.paths import ROOT


class Squeue:
    """What ``squeue`` would say, one answer after the other, the last one again and again."""

    def __init__(self, *answers: Mapping[str, State] | None) -> None:
        self._answers = list(answers)
        self.asked: list[list[str]] = []

    def __call__(self, ids: Sequence[str]) -> Mapping[str, State] | None:
        self.asked.append([*ids])
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


RUNNING, PENDING = State("RUNNING", "None"), State("PENDING", "Resources")
ENDING, LATE = State("COMPLETING", "None"), State("TIMEOUT", "TimeLimit")
IDS = {"w0": "7", "w1": "8"}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "PAUSE", 0.0)


def test_a_job_that_is_ending_is_asked_until_it_says_how() -> None:
    ask = Squeue({"7": RUNNING}, None, {"7": ENDING}, {"7": LATE})
    assert Jobs(IDS.copy, ask).fate("w0") == "Slurm's job 7 ended: TIMEOUT (TimeLimit)"
    assert ask.asked == [["7"]] * 4


def test_nothing_is_said_of_a_job_that_nobody_knows_or_that_goes_on() -> None:
    assert Jobs(IDS.copy, Squeue({})).fate("stranger") == ""
    ask = Squeue({"7": RUNNING})
    assert Jobs(IDS.copy, ask).fate("w0") == ""
    assert len(ask.asked) == slurm.SETTLE


def test_the_job_of_a_worker_that_the_cluster_has_forgotten_is_known() -> None:
    ids = dict(IDS)
    jobs = Jobs(lambda: ids, Squeue({"7": LATE, "8": RUNNING}))
    assert jobs.coming() == 1
    ids.clear()
    assert jobs.fate("w0") == "Slurm's job 7 ended: TIMEOUT (TimeLimit)"


def test_hope_ends_with_the_last_job() -> None:
    now = [0.0]
    ask = Squeue({"7": LATE, "8": PENDING}, None, {"7": LATE}, {"8": State("RUNNING", "None")})
    jobs = Jobs(IDS.copy, ask, lambda: now[0])
    assert (jobs.over(), jobs.coming()) == ("", 1)
    assert jobs.describe() == "job 7 TIMEOUT (TimeLimit), job 8 PENDING (Resources)"
    assert len(ask.asked) == 1, "Slurm is asked now and then"
    now[0] = 5.0
    assert jobs.over() == "", "Slurm does not answer: what it said last holds"
    now[0] = 10.0
    assert jobs.over() == "job 7 TIMEOUT (TimeLimit), job 8 COMPLETED (no longer known to Slurm)"


def test_before_a_job_is_submitted_there_is_hope() -> None:
    jobs = Jobs(dict, Squeue({}))
    assert (jobs.over(), jobs.describe(), jobs.coming()) == ("", "", 0)


def script(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_a_job_that_slurm_refuses_is_told_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    refusal = "allocation failure: Invalid partition name specified"
    script(tmp_path, "sbatch", f'[ "$*" = --test-only ] && grep -q good && exit 0\necho "{refusal}" >&2; exit 1')
    check_job("#!/bin/sh\n# good")
    with pytest.raises(ClusterError, match=r"^--on slurm: sbatch refuses the job: Invalid partition name specified; "):
        check_job("#!/bin/sh\n# bad")


def test_where_there_is_no_slurm_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match="there is no sbatch here; start the run where Slurm's commands are"):
        check_job("")
    assert slurm.squeue(["1"]) is None


def test_what_squeue_says_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    script(tmp_path, "squeue", 'echo "7|RUNNING|None"; echo "8|PENDING|(Nodes required, are DOWN)"')
    assert slurm.squeue(["7", "8"]) == {"7": RUNNING, "8": State("PENDING", "(Nodes required, are DOWN)")}
    script(tmp_path, "squeue", 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1')
    assert slurm.squeue(["7"]) == {}
    script(tmp_path, "squeue", 'echo "Unable to contact slurm controller" >&2; exit 1')
    assert slurm.squeue(["7"]) is None


HANDLER = """
import signal
from harness.cluster.where import slurm_cluster_class
before = signal.getsignal(signal.SIGINT)
slurm_cluster_class()
assert signal.getsignal(signal.SIGINT) is before
"""


@pytest.mark.skipif(importlib.util.find_spec("dask_jobqueue") is None, reason="dask-jobqueue is not installed")
def test_an_interruption_stays_one_once_dask_jobqueue_is_imported() -> None:
    subprocess.run([sys.executable, "-c", HANDLER], cwd=ROOT, timeout=60, check=True)


# ---------------------------------------------------------------------------------------------------- on a real Slurm


def why_not() -> str:
    """Why there is no Slurm to test on; empty where there is one."""
    if importlib.util.find_spec("dask_jobqueue") is None:
        return "dask-jobqueue is not installed"
    if shutil.which("sinfo") is None:
        return "no Slurm here: there is no sinfo"
    try:
        done = subprocess.run(["sinfo", "--noheader"], capture_output=True, text=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return "no Slurm here: sinfo does not answer"
    return (
        "" if done.returncode == 0 else "no Slurm here: " + (done.stderr.strip().splitlines() or ["sinfo failed"])[-1]
    )


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A folder with a suite for two jobs of a Slurm that answers; it must be on a disk that the nodes see."""
    if reason := why_not():
        pytest.skip(reason)
    asks = ["[cluster]", "workers = 2", 'memory = "1 GiB"', 'walltime = "00:10:00"', "wait = 100"]
    (tmp_path / "two.toml").write_text("\n".join([SUITE, *asks]))
    return tmp_path


def jobs_here(folder: Path) -> list[str]:
    """The jobs that run out of this folder."""
    done = subprocess.run(["squeue", "-h", "-o", "%i|%Z"], capture_output=True, text=True, timeout=30, check=True)
    return [line.partition("|")[0] for line in done.stdout.splitlines() if line.endswith(f"|{folder}")]


def under_way(folder: Path, workers: int = 2) -> "subprocess.Popen[bytes]":
    """A run of half a second per case through so many jobs, of which two rows are there."""
    text = (folder / "two.toml").read_text().replace("workers = 2", f"workers = {workers}")
    (folder / "two.toml").write_text(text.replace("seconds = 0.01", "seconds = 0.5"))
    process = linbench(folder, "--on", "slurm")
    until(lambda: rows_in(folder) >= 2)
    return process


def check_ends_whole(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """See that it ends well and that its run is whole."""
    assert process.wait(240) == 0
    found = run_file(folder)
    assert found is not None
    check_whole(load_run(found))


def printed(folder: Path) -> str:
    """What the commands have said here."""
    return "".join(each.read_text() for each in folder.glob("*.log"))


@pytest.mark.slow
def test_a_run_through_a_real_slurm_is_whole_and_leaves_no_job(real: Path) -> None:
    check_ends_whole(linbench(real, "--on", "slurm"), real)
    until(lambda: not jobs_here(real))


@pytest.mark.slow
def test_a_run_whose_job_is_cancelled_is_whole_all_the_same(real: Path) -> None:
    process = under_way(real)
    subprocess.run(["scancel", jobs_here(real)[0]], timeout=30, check=True)
    check_ends_whole(process, real)


@pytest.mark.slow
def test_an_interrupted_run_says_so_and_leaves_no_job(real: Path) -> None:
    process = under_way(real)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert "resume with `linbench run two.toml --on slurm --resume`" in printed(real)
    until(lambda: not jobs_here(real))


@pytest.mark.slow
def test_where_the_last_job_is_cancelled_it_is_told_and_the_run_is_resumed(real: Path) -> None:
    process = under_way(real, workers=1)
    (job,) = jobs_here(real)
    subprocess.run(["scancel", job], timeout=30, check=True)
    assert process.wait(100) == ClusterError.exit_code
    assert f"no job is left: job {job} CANCELLED" in printed(real)
    check_ends_whole(linbench(real, "--resume"), real)


@pytest.mark.slow
def test_a_partition_that_is_not_there_is_told_before_anything_is_measured(real: Path) -> None:
    with (real / "two.toml").open("a") as file:
        file.write('\nqueue = "nowhere"\n')
    assert linbench(real, "--on", "slurm").wait(60) == ClusterError.exit_code
    assert "sbatch refuses the job: " in printed(real)
    assert rows_in(real) == 0
