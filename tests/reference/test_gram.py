"""The exact Gram matrix of rows that come piece by piece."""

import signal
import subprocess
import sys
import tracemalloc
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.base import Problem
from harness import kept
from harness.kept import KeptPass
from harness.reference import fingerprint, gram, solve
from harness.reference.gram import ExactGram, exact_gram
from harness.reference.partial_sums import form_for
from harness.reference.record import plain_gram, write
from tests.support.paths import ROOT

Float64 = np.typing.NDArray[np.float64]


def wide(rows: int, seed: int = 0) -> tuple[Float64, Float64]:
    """Columns of all sizes, one of zeros, one that is zero in half of its rows, one that grows from row to row."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 5)) * [1e-300, 1e200, 0.0, 1.0, 1.0]
    X[: rows // 2, 3] = 0.0
    X[:, 4] *= np.exp2(np.linspace(-40, 40, rows))
    return X, rng.integers(-9, 9, rows).astype(np.float64)


@given(order=st.permutations(range(40)), cuts=st.sets(st.integers(1, 39), max_size=6))
def test_rows_in_any_order_and_in_any_pieces_give_the_same_bits(order: list[int], cuts: set[int]) -> None:
    X, y = wide(40)
    pieces = np.split(np.array(order), sorted(cuts))
    assert reduce(add, (exact_gram(X[rows], y[rows]) for rows in pieces)) == exact_gram(X, y)


def test_pieces_of_a_whole_have_bits_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = wide(1000)
    whole = exact_gram(X, y)
    monkeypatch.setattr(gram, "PIECE_ROWS", 64)
    assert exact_gram(X, y) == whole
    assert exact_gram(X[::-1], y[::-1]) == whole


def test_no_rows_add_nothing() -> None:
    X, y = wide(8)
    assert exact_gram(X, y) + exact_gram(X[:0], y[:0]) == exact_gram(X, y)


def test_memory_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gram, "PIECE_ROWS", gram.BLOCK_ROWS)
    peaks = []
    for rows in (4 * gram.BLOCK_ROWS, 16 * gram.BLOCK_ROWS):
        X, y = wide(rows)
        tracemalloc.start()
        try:
            exact_gram(X, y)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


class Interrupted(KeyboardInterrupt):
    """What ends a pass in its middle."""


class Passing:
    """Watches passes, and ends one once so many bytes are done."""

    def __init__(self, until: float = float("inf"), what: str = "exact sums") -> None:
        self._until, self._what = until, what
        self.seen: list[tuple[str, int, int]] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.seen.append((what, done, total))
        if what == self._what and done >= self._until:
            raise Interrupted

    def of(self, what: str) -> list[int]:
        return [done for each, done, _ in self.seen if each == what]


PIECE = 64
ROW_BYTES = 6 * 8


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pieces, each of them kept."""
    monkeypatch.setattr(gram, "PIECE_ROWS", PIECE)
    monkeypatch.setattr(kept, "EVERY", 0.0)


def asked(*, weighted: bool = False) -> Problem:
    X, y = wide(640)
    return Problem(X, y, intercept=True, weights=np.abs(np.sin(np.arange(640.0))) if weighted else None)


@pytest.mark.usefixtures("pieces")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("what", ["exact sums", "attainable digits"])
def test_an_interrupted_pass_goes_on_where_it_stopped_to_the_same_bits(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, weighted: bool
) -> None:
    problem, whole = asked(weighted=weighted), write(solve(asked(weighted=weighted)))
    with pytest.raises(Interrupted):
        solve(problem, tmp_path, watch=Passing(7 * PIECE * ROW_BYTES, what))
    read: list[int] = []
    rows_of = gram._of_rows

    def counting(X: Float64, y: Float64, weights: Float64 | None) -> object:
        of_rows = rows_of(X, y, weights)

        def of(rows: slice) -> ExactGram:
            read.append(rows.start)
            return of_rows(rows)

        return of

    monkeypatch.setattr(gram, "_of_rows", counting)
    watch = Passing()
    assert write(solve(problem, tmp_path, watch=watch)) == whole
    begun = 7 if what == "exact sums" else 10
    assert read == [PIECE * each for each in range(begun, 10)], "only the rest is read"
    assert watch.of("exact sums")[0] == begun * PIECE * ROW_BYTES
    assert [each.name for each in tmp_path.iterdir()] == [f"{fingerprint(problem)}.json"], "only the answer is kept"


KILLED = """
import os, signal, sys
from pathlib import Path
from harness import kept
from harness.reference import solve
from tests.reference.test_gram import PIECE, ROW_BYTES, asked, gram

def watch(what, done, total):
    if what == "exact sums" and done >= 7 * PIECE * ROW_BYTES:
        os.kill(os.getpid(), signal.SIGKILL)

gram.PIECE_ROWS, kept.EVERY = PIECE, 0.0
solve(asked(), Path(sys.argv[1]), watch=watch)
"""


def test_a_pass_that_was_killed_goes_on_where_it_stopped_to_the_same_bits(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    problem, watch = asked(), Passing()
    assert write(solve(problem, tmp_path, watch=watch)) == write(solve(problem))
    assert watch.of("exact sums") == [7 * PIECE * ROW_BYTES, 10 * PIECE * ROW_BYTES], "one piece, the rest"


def keep(tmp_path: Path, problem: Problem, rows: object, found: dict[str, object]) -> None:
    kept.save(tmp_path, f"{fingerprint(problem)}-sums", {"rows": rows, "state": found})


def sums_of(tmp_path: Path, problem: Problem) -> KeptPass[ExactGram | None]:
    return KeptPass(tmp_path, f"{fingerprint(problem)}-sums", form_for(problem))


def plain(found: ExactGram) -> dict[str, object]:
    record = plain_gram(found)
    assert record is not None
    return record


@pytest.mark.parametrize(
    "change",
    [{"rows": 0}, {"rows": 641}, {"rows": "64"}, {"rows": True}, {"rows": 65}, {"n_samples": 63}, {"n_samples": 65},
     {"products": "1 2"}, {"products": None}, {"exponents": [0] * 6}, {"exponents": [1e9] * 7}],
)  # fmt: skip
def test_sums_that_are_none_of_the_problem_are_not_gone_on_with(change: dict[str, object], tmp_path: Path) -> None:
    problem = asked()
    record = plain(exact_gram(problem.X[:PIECE], problem.y[:PIECE]))
    keep(tmp_path, problem, PIECE, record)
    assert sums_of(tmp_path, problem).begun() is not None
    keep(tmp_path, problem, change.get("rows", PIECE), {**record, **change})
    assert sums_of(tmp_path, problem).begun() is None


def test_damaged_sums_are_begun_anew(tmp_path: Path) -> None:
    problem = asked()
    keep(tmp_path, problem, PIECE, plain(exact_gram(problem.X[:PIECE], problem.y[:PIECE])))
    path = tmp_path / f"{fingerprint(problem)}-sums.json"
    path.write_bytes(path.read_bytes().replace(b'"rows": 64', b'"rows": 32'))
    assert sums_of(tmp_path, problem).begun() is None


def test_sums_over_other_rows_are_found_out_by_the_answer(tmp_path: Path) -> None:
    problem = asked()
    keep(tmp_path, problem, PIECE, plain(exact_gram(problem.X[1 : PIECE + 1], problem.y[1 : PIECE + 1])))
    watch = Passing()
    assert write(solve(problem, tmp_path, watch=watch)) == write(solve(problem))
    assert watch.of("exact sums")[:1] == [PIECE * ROW_BYTES]
    assert 0 in watch.of("exact sums"), "the pass is made anew"


def test_sums_are_kept_now_and_then_by_the_clock(tmp_path: Path) -> None:
    problem, now = asked(), [0.0]
    sums = KeptPass(tmp_path, "k-sums", form_for(problem), clock=lambda: now[0])
    found = exact_gram(problem.X, problem.y)
    for seconds, there in ((0.0, False), (4.9, False), (5.0, True)):
        now[0] = seconds
        sums.keep(640, found)
        assert (tmp_path / "k-sums.json").exists() is there
    assert KeptPass(tmp_path, "k-sums", form_for(problem)).begun() == (640, found)
    sums.forget()
    assert [*tmp_path.iterdir()] == []


def test_the_passes_of_a_solution_are_watched_to_their_ends(tmp_path: Path) -> None:
    problem, watch = asked(), Passing()
    solve(problem, tmp_path, watch=watch)
    solve(problem, tmp_path, watch=watch)
    for what in ("fingerprint", "exact sums", "attainable digits", "checking the cached answer"):
        dones = watch.of(what)
        totals = {total for each, _, total in watch.seen if each == what}
        assert dones[0] == 0
        assert totals == {max(dones)}, what
