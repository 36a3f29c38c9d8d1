"""Whatever a child process answers, asking it gives an answer or a failure, within its time."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.runner.executor import Failure, Lost
from harness.runner.family import MARKER, Family
from harness.runner.library_worker import HERE
from harness.runner.process import MOST_BYTES, ChildProcess
from harness.runner.protocol import Controlled, Ready
from tests.support.paths import ROOT


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChildProcess]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found = ChildProcess("tests.support.odd_child", {}, threads=1, memory=2**30, place=HERE)
    found.first(Ready, 60, "late")
    yield found
    found.end()


def ask(child: ChildProcess, way: str, limit: float = 30) -> Controlled:
    return child.ask(Controlled, {"do": way}, limit, "it was late")


def test_a_right_answer_is_given(child: ChildProcess) -> None:
    assert ask(child, "right").seconds == (1.0,)
    assert ask(child, "right").seconds == (1.0,)


@pytest.mark.parametrize(
    "way",
    [
        "twice", "wrong id", "no answer", "both", "unknown status", "list", "text", "nan", "array", "negative", "deep",
        "surrogate", "bytes",
    ],
)  # fmt: skip
def test_any_other_answer_is_a_crash(child: ChildProcess, way: str) -> None:
    with pytest.raises(Lost) as caught:
        ask(child, way)
    assert caught.value.status == "crashed"
    assert "\n" not in caught.value.reason
    assert len(caught.value.reason) < 300


def test_a_second_answer_that_comes_later_is_a_crash_of_the_next_request(child: ChildProcess) -> None:
    ask(child, "later too")
    deadline = time.monotonic() + 30
    while not child._readable(0.1):
        assert time.monotonic() < deadline
    with pytest.raises(Lost, match="without a request"):
        ask(child, "right")


def test_a_failure_is_one_short_line_and_the_child_goes_on(child: ChildProcess) -> None:
    with pytest.raises(Failure) as caught:
        ask(child, "failed")
    assert not isinstance(caught.value, Lost)
    assert caught.value.reason.startswith("two lines")
    assert len(caught.value.reason) <= 500
    assert ask(child, "right").seconds == (1.0,)


def test_what_it_says_that_it_does_is_told_before_its_answer(child: ChildProcess) -> None:
    told: list[str] = []
    assert child.ask(Controlled, {"do": "doing"}, 30, "it was late", told.append).seconds == (1.0,)
    assert told == ["part 0 of some", "part 1 of some"]


@pytest.mark.parametrize(("way", "listened"), [("doing", False), ("doing as another", True)])
def test_what_nobody_asked_it_to_tell_is_a_crash(child: ChildProcess, way: str, *, listened: bool) -> None:
    with pytest.raises(Lost, match="a request that was never made"):
        child.ask(Controlled, {"do": way}, 30, "it was late", (lambda _: None) if listened else None)


def test_the_limit_holds_while_it_tells(child: ChildProcess) -> None:
    with pytest.raises(Lost, match="it was late"):
        child.ask(Controlled, {"do": "doing without end"}, 0.3, "it was late", lambda _: None)


@pytest.mark.parametrize("way", ["silence", "drip"])
def test_the_limit_holds_while_data_flow(child: ChildProcess, way: str) -> None:
    with pytest.raises(Lost) as caught:
        ask(child, way, limit=0.3)
    assert (caught.value.status, caught.value.reason) == ("timeout", "it was late")


def test_an_answer_without_end_is_given_up(child: ChildProcess) -> None:
    with pytest.raises(Lost, match="more than 64 MiB"):
        ask(child, "flood", limit=60)


def test_what_a_child_prints_does_not_fill_the_disk(child: ChildProcess) -> None:
    assert ask(child, "chatter", limit=60).seconds == (1.0,)
    assert os.fstat(child._errors.fileno()).st_size <= 2 * MOST_BYTES


def test_a_child_that_closes_its_pipe_is_ended(child: ChildProcess) -> None:
    with pytest.raises(Lost, match="closed its pipe to the harness"):
        ask(child, "close")


def test_asking_a_child_that_is_gone_is_a_failure(child: ChildProcess) -> None:
    child._process.kill()
    child._process.wait()
    with pytest.raises(Lost, match="killed by SIGKILL"):
        ask(child, "right")


SHARING = """
import mmap, os, sys, time
block = mmap.mmap(-1, 64 * 2**20)
block.write(b"x" * len(block))
children = [os.fork() for _ in range(1)]
block.seek(0)
seen = block.read()[:1]  # both have every page
print(flush=True)
time.sleep(600)
"""


def test_a_page_that_is_shared_counts_once() -> None:
    family = Family()
    head = subprocess.Popen(
        [sys.executable, "-c", SHARING], stdout=subprocess.PIPE, env={**os.environ, MARKER: family.token}
    )
    assert head.stdout is not None
    for _ in range(2):
        head.stdout.readline()
    family.begin(head.pid)
    family._scanned = -100.0
    mebibytes = family.memory(0) / 2**20
    assert 64 <= mebibytes < 128, "the two hold 64 MiB together"
    assert len(family._members) == 2
    members = [*family._members]
    family.end()
    head.kill()
    head.communicate()
    assert not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in members)


def test_strangers_are_no_members() -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    family = Family()
    head = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={**os.environ, MARKER: "x"})
    family.begin(head.pid)
    family.end()
    head.kill()
    head.communicate()
    assert stranger.poll() is None
    stranger.communicate()


READING = """
import mmap, sys
file = open(sys.argv[1])
mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
mapped.find(b"y")
print(flush=True)
input()
"""


def test_memory_of_files_is_the_systems(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"x" * (64 * 2**20))
    head = subprocess.Popen(
        [sys.executable, "-c", READING, str(tmp_path / "data")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert head.stdout is not None
    head.stdout.readline()
    family = Family()
    family.begin(head.pid)
    assert family.memory(0) < 40 * 2**20
    head.communicate()
