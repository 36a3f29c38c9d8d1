"""Two commits measured in turn, in real repositories: what is seen, and that nothing stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.config import load_suite, narrowed
from harness.errors import LinbenchError, UsageError
from harness.machine import Commit
from harness.results import Store
from harness.revisions import measure_revisions, worktrees
from tests.conftest import Finished, Linbench
from tests.support.paths import ROOT

FILES = ("__init__.py", "base.py", "_cost.py", "_direct.py", "numpy_lstsq.py", "scipy_lstsq.py")
SOLVED = "return direct_fit(params, intercept=state.intercept, rank=int(rank))"

SUITE = """
name = "mine"
[plan]
seconds = 0.01
[[dataset]]
use = "linear"
[[backend]]
use = "numpy_lstsq"
[[backend]]
use = "scipy_lstsq"
"""

HANGING = """
name = "hanging"
[plan]
seconds = 0.01
[[dataset]]
use = "linear"
[[backend]]
use = "fake_hangswithchild"
pid_file = "{}"
"""


@pytest.fixture(autouse=True)
def as_installed(environment: dict[str, str]) -> None:
    """The command takes its own backends from where it is installed, not from the folder it stands in."""
    environment["PYTHONSAFEPATH"] = "1"


class Repository:
    """A repository with a few backends, whose commits differ in what the tests are about."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path / "backends" / "numpy_lstsq.py"
        self.git("init", "--quiet", "--initial-branch=main")
        self.file.parent.mkdir()
        for name in FILES:
            shutil.copy(ROOT / "backends" / name, self.file.parent)
        self.right = self.file.read_text()
        (path / "mine.toml").write_text(SUITE)
        self.commit("right")

    def git(self, *words: str) -> str:
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        who = {f"GIT_{role}_{what}": "one" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        words = ("git", "-C", str(self.path), *words)
        return subprocess.run(
            words, env={**os.environ, **own, **who}, capture_output=True, text=True, check=True
        ).stdout

    def commit(self, tag: str, change: Callable[[str], str] = str) -> None:
        """A commit whose numpy_lstsq is changed from the right one."""
        self.file.write_text(change(self.right))
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", tag)
        self.git("tag", tag)

    def worktrees(self) -> str:
        return self.git("worktree", "list", "--porcelain")

    def state(self) -> dict[str, object]:
        """Everything that a measurement must leave as it was, refs, index and every file among it."""
        git = self.path / ".git"
        files = [each for each in sorted(self.path.rglob("*")) if each.is_file() and "results" not in each.parts]
        return {
            "worktrees": self.worktrees(),
            "refs": self.git("for-each-ref"),
            "folders": sorted(each.name for each in git.iterdir()),
            "files": {each: each.read_bytes() for each in files},
        }


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.fixture
def unchanged(repository: Repository) -> Iterator[None]:
    """Holds the repository, and the folder of temporary files, to what they were."""
    before = repository.state()
    yield
    assert repository.state() == before


class Silent:
    def planned(self, todo: object, done: int) -> None: ...

    def doing(self, what: str) -> None: ...

    def measured(self, measurement: object) -> None: ...


def rows(done: Finished) -> dict[str, dict[str, dict[str, object]]]:
    """Judgements by backend and kind."""
    return {
        case["case"].split("/")[1]: {each["kind"]: each for each in case["judgements"]} for case in done.json()["cases"]
    }


def compare(linbench: Linbench, *words: str) -> Finished:
    return linbench("compare", *words, "mine.toml", "--format", "json")


@pytest.mark.slow
def test_lost_digits_and_a_slowdown_between_commits(linbench: Linbench, repository: Repository) -> None:
    """The backend is robbed of digits, and many times as slow."""
    again = "for _ in range(60):\n            np.linalg.lstsq(A, state.y, rcond=rcond)\n        "
    repository.commit("bad", lambda text: text.replace(SOLVED, again + SOLVED.replace("params", "params * (1 + 1e-6)")))
    before = repository.state()
    done = compare(linbench, "--rev", "right", "--rev", "bad", "--rounds", "5", "--only", "numpy")
    assert done.code == 1, done.err
    found = rows(done)
    assert found["numpy_lstsq"]["digits"]["verdict"] == "worse"
    assert found["numpy_lstsq"]["digits"]["new"] == pytest.approx(6.0, abs=0.3)
    assert found["numpy_lstsq"]["seconds"]["verdict"] == "worse"
    assert done.json()["old"].partition(":")[2].startswith("right@")
    assert "measured in turn in one session" in done.json()["notes"]
    assert repository.state() == before


def test_the_other_way_round_it_is_better(linbench: Linbench, repository: Repository) -> None:
    """From a subfolder, through HEAD and a branch, with the change not in the checkout: commits are what counts."""
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("bad", lambda text: text.replace(SOLVED, SOLVED.replace("params", "params * (1 + 1e-6)")))
    repository.git("checkout", "--quiet", "main")
    repository.file.write_text("nonsense")
    before = repository.state()
    done = compare(linbench, "--rev", "side", "--rev", "HEAD", "--rounds", "1", "--all")
    assert done.code == 0, done.err
    assert "the checkout has uncommitted changes; they are not measured" in done.err
    assert rows(done)["scipy_lstsq"]["digits"]["reason"] == "bit for bit the same answer"
    assert rows(done)["numpy_lstsq"]["digits"]["verdict"] == "better"
    assert repository.state() == before


def test_a_commit_with_another_idea_of_a_backend_costs_that_row_alone(
    linbench: Linbench, repository: Repository
) -> None:
    """Today's option is unknown to it, which matters where the suite sets it; or it lacks the whole backend."""
    (repository.path / "mine.toml").write_text(
        SUITE + '[[backend]]\nuse = "numpy_lstsq"\nrcond = 1e-15\n[[backend]]\nuse = "scipy_lstsq"\ndriver = "gelsy"\n'
    )
    repository.commit("old", lambda text: text.replace("rcond: float", "cutoff: float").replace("self.rcond", "None"))
    repository.git("rm", "--quiet", "backends/scipy_lstsq.py")
    repository.commit("older")
    done = compare(linbench, "--rev", "old", "--rev", "older", "--rounds", "1")
    cases = {each["case"]: {one["kind"]: one for one in each["judgements"]} for each in done.json()["cases"]}
    assert done.code == 1, done.err
    assert cases["linear/numpy_lstsq/cpu/float64"]["digits"]["verdict"] == "same"
    given = cases["linear/numpy_lstsq[rcond=1e-15]/cpu/float64"]["status"]
    assert (given["old"], given["new"], given["verdict"]) == ("error", "ok", "better")
    for name in ("scipy_lstsq", "scipy_lstsq[driver=gelsy]"):
        status = cases[f"linear/{name}/cpu/float64"]["status"]
        assert (status["old"], status["new"], status["verdict"]) == ("ok", "missing", "worse")
        assert "No module named 'backends.scipy_lstsq'" in status["reason"]


def test_the_present_backends_against_a_commit(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, references: Path
) -> None:
    monkeypatch.setenv("LINBENCH_CACHE", str(references))
    repository.commit("bad", lambda text: text.replace(SOLVED, SOLVED.replace("params", "params * (1 + 1e-6)")))
    suite = narrowed(load_suite(tmp_path / "mine.toml"), only="numpy", rounds=2)
    old, new = measure_revisions(
        suite, {"old": "bad", "new": None}, Store(tmp_path / "results"), Silent(), folder=tmp_path
    )
    assert [row.case.id for row in old.rows] == [row.case.id for row in new.rows]
    assert old.rows[0].worst.scores["digits"] == pytest.approx(6.0, abs=0.3)
    assert new.rows[0].worst.scores["digits"] > 14
    assert len(old.rows[0].rounds) == len(new.rows[0].rounds) == 2
    identity, when = repository.git("log", "-1", "--format=%H %cI", "bad").split()
    assert old.header.commit == Commit(id=identity, time=when)
    assert old.versions() == new.versions()
    assert new.id.endswith(":as it is")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rev", "right"], "compare: got 1 --rev, wanted two: --rev OLD --rev NEW"),
        (["--rev", "right", "--rev", "x", "--rev", "y"], "compare: got 3 --rev, wanted two"),
        (["one", "other", "--rev", "right", "--rev", "right"], "compare: got runs (one, other) and --rev"),
        (["--rev", "right", "--rev", "rihgt", "mine.toml"], "--rev 'rihgt': no such commit in "),
        (["--rev", "right", "--rev=-x", "mine.toml"], "--rev '-x': no such commit in "),
        (["--rev", "right", "--rev", "bare", "mine.toml"], "has no backends/base.py"),
        (["--rev", "right", "--rev", "right", "--only", "zzz", "mine.toml"], "no case matches 'zzz'"),
        (["--rev", "right", "--rev", "right", "--format", "xml"], "unknown --format 'xml'"),
        (["one"], "compare: got 1 run, wanted two of them, or two commits as --rev OLD --rev NEW"),
        (["one", "other", "--rounds", "3"], "--rounds is for --rev"),
    ],
)
def test_one_line_about_what_is_wrong(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    repository.git("checkout", "--quiet", "--orphan", "empty")
    repository.git("rm", "--quiet", "-r", "--cached", "backends")
    repository.git("-c", "core.excludesFile=/dev/null", "commit", "--quiet", "--message", "bare")
    repository.git("tag", "bare")
    repository.git("checkout", "--quiet", "--force", "main")
    before = repository.state()
    monkeypatch.chdir(repository.path)
    done = CliRunner().invoke(app, ["compare", *words])
    assert isinstance(done.exception, LinbenchError)
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)
    assert done.exception.exit_code == (4 if "zzz" in words else 2)
    assert repository.state() == before


def test_outside_of_a_repository(linbench: Linbench, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SUITE)
    done = linbench("compare", "--rev", "a", "--rev", "b", "mine.toml")
    assert done.code == 2
    assert "not inside a repository with a checkout" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_stays_whatever_happens(
    repository: Repository, unchanged: None, tmp_path: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error), worktrees({"old": "right", "new": "HEAD", "now": None}, tmp_path) as trees:  # noqa: PT012
        found = [tree.backends for tree in trees.values()]
        assert [each and (each / "backends/base.py").is_file() for each in found] == [True, True, None]
        raise error
    assert not any(each and each.parent.exists() for each in found)


def test_a_failing_second_checkout_takes_the_first_along(repository: Repository, tmp_path: Path) -> None:
    repository.git("rm", "--quiet", "-r", "backends")
    repository.git("commit", "--quiet", "--message", "bare")
    before = repository.state()
    with pytest.raises(UsageError, match=r"has no backends/base\.py"), worktrees({"a": "right", "b": "main"}, tmp_path):
        pass
    assert repository.state() == before


def test_no_hook_is_run_and_a_hooks_variables_are_not_ours(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = tmp_path / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'hooked'}\n")
    hook.chmod(0o755)
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "their-index"))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    with worktrees({"old": "right"}, tmp_path / "backends") as trees:
        assert trees["old"].backends is not None
        assert (trees["old"].backends / "backends" / "numpy_lstsq.py").read_text() == repository.right
    assert not (tmp_path / "hooked").exists()
    assert not (tmp_path / "their-index").exists()


def test_the_users_own_worktrees_stay_even_if_their_disk_is_away(repository: Repository, tmp_path: Path) -> None:
    own = tmp_path.parent / f"{tmp_path.name}-own"
    repository.git("worktree", "add", "--quiet", "--detach", str(own))
    shutil.move(own, f"{own}-away")
    before = repository.worktrees()
    assert str(own) in before
    with worktrees({"old": "right"}, tmp_path):
        assert repository.worktrees() != before
    assert repository.worktrees() == before


def wait_for(happened: Callable[[], object], seconds: float = 60) -> None:
    """Look until something has happened; fail when it has not in good time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_in_the_middle_of_a_measurement(
    repository: Repository, tmp_path: Path, environment: dict[str, str], number: signal.Signals
) -> None:
    """After kill -9 it is the next one that cleans up."""
    pid_file = tmp_path / ".git" / "child"
    (tmp_path / "hanging.toml").write_text(HANGING.format(pid_file))
    before = repository.state()
    words = [sys.executable, "-m", "harness", "compare", "--rev", "right", "--rev", "main", "hanging.toml"]
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as process:
        wait_for(pid_file.exists)
        assert repository.worktrees().count("worktree ") == 3
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    pid_file.unlink()
    if number == signal.SIGKILL:
        assert repository.worktrees().count("worktree ") == 3
        with worktrees({"old": "right"}, tmp_path):
            assert repository.worktrees().count("worktree ") == 2
    else:
        assert process.returncode == 130
        assert "Traceback" not in err
    assert repository.state() == before
