"""Eager workers: how many libraries are imported at a time, and what goes on while one is asked."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backends.base import Library
from harness.config import Case, Component, Plan
from harness.datasets.linear import Linear
from harness.environments import DEFAULT, Built
from harness.runner import workers
from harness.runner.workers import Workers
from tests.support.fakes import Honest


class Importing:
    """A worker that has imported its library once it is told so."""

    every: list["Importing"]

    def __init__(self, library: Any, *, meanwhile: Callable[[], None] | None = None, **_: Any) -> None:
        self.library: str = library.module
        self.meanwhile = meanwhile
        self.pipe, self._other_end = os.pipe()
        self.still = 0
        self.killed = False
        self.every.append(self)

    def ready(self) -> None:
        os.write(self._other_end, b".")

    def greeting(self) -> str:
        os.read(self.pipe, 1)
        return self.library

    def kill(self) -> None:
        self.killed = True

    def pause(self) -> None:
        self.still += 1

    def resume(self) -> None:
        pass

    def open(self, *_: Any) -> str:
        return self._told("opened")

    def sample(self, *_: Any) -> str:
        return self._told("sampled")

    def _told(self, word: str) -> str:
        for each in self.every:
            if each is not self:
                each.ready()
        assert self.meanwhile is not None
        self.meanwhile()
        return word

    def end(self) -> None:
        assert all(each.killed for each in self.every)  # before one is waited for
        os.close(self.pipe)
        os.close(self._other_end)


@pytest.fixture
def imported(monkeypatch: pytest.MonkeyPatch) -> list[Importing]:
    monkeypatch.setattr(Importing, "every", [], raising=False)
    monkeypatch.setattr(workers, "LibraryWorker", Importing)
    monkeypatch.setattr(workers, "MOST_IMPORTING", 2)
    return Importing.every


def case_of_library(name: str) -> Case:
    kind = type(f"Of{name}", (Honest,), {"library": Library(name, name)})
    return Case(Component("linear", Linear()), Component(name, kind(tag=name)), "cpu", "float64")


CASES = [case_of_library(name) for name in "abcd"]


@pytest.fixture
def eager() -> Iterator[Workers]:
    found = Workers(Plan(), {DEFAULT: Built()}, eager=True)
    yield found
    found.end()


def names(found: list[Importing]) -> list[str]:
    return [each.library for each in found]


def test_further_libraries_are_begun_while_a_case_is_prepared(imported: list[Importing], eager: Workers) -> None:
    eager.start(CASES)
    assert names(imported) == ["a", "b"]
    imported[0].ready()
    assert eager.ready(CASES, wait=True) == CASES[:1]
    assert names(imported) == ["a", "b", "c"]
    assert eager.open(CASES[0], None, 1.0) == "opened"  # type: ignore[arg-type, comparison-overlap]
    assert names(imported) == ["a", "b", "c", "d"]
    assert eager.ready(CASES, wait=False) == CASES[:3]


def test_what_is_still_to_be_made_once_per_machine_comes_last(
    imported: list[Importing], eager: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(CASES[0].backend.instance), "made", lambda _: False)
    eager.start(CASES[:2])
    imported[0].ready()
    assert eager.ready(CASES[:2], wait=False) == []
    imported[1].ready()
    assert eager.ready(CASES[:2], wait=True) == CASES[1:2]
    assert eager.ready(CASES[:1], wait=False) == []
    assert eager.ready(CASES[:1], wait=True) == CASES[:1]


def test_nothing_is_begun_while_samples_are_taken_and_imports_stand_still(
    imported: list[Importing], eager: Workers
) -> None:
    eager.start(CASES)
    imported[0].ready()
    eager.ready(CASES, wait=True)
    assert eager.sample(CASES[0], 1, 1.0) == "sampled"  # type: ignore[comparison-overlap]
    assert names(imported) == ["a", "b", "c"]
    assert [each.still for each in imported] == [0, 1, 1]
