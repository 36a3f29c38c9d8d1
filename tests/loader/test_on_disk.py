"""Data in blocks: the numbers are those of data in memory, whatever the blocks, and memory does not grow with them."""

import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.datasets.base import Blocks, Data, Dataset, RowBlock, Table
from harness.datasets.csv import Csv
from harness.datasets.linear import Linear
from harness.datasets.normal import PIECE_ROWS, Normal
from harness.errors import DatasetError
from harness.loader import on_disk as module
from harness.loader.on_disk import clear, on_disk
from harness.loader.preparation import preparation
from harness.reference import fingerprint

ARRAYS = ("X", "y", "X_test", "y_test")
OPTIONS: list[dict[str, Any]] = [
    {},
    {"scale": "minmax"},
    {"scale": "none", "scale_target": "minmax", "l2": 0.5, "intercept": False},
    {"test_size": 0.3, "seed": 5},
    {"scale": "minmax", "test_size": 0.9},
]


def streamed(dataset: Dataset, folder: Path, dtype: Any = "float64") -> Data:
    blocks = dataset.blocks()
    assert blocks is not None
    return on_disk(dataset, blocks, dtype, {name: folder / f"{name}.npy" for name in ARRAYS})


def same(a: Data, b: Data) -> None:
    assert fingerprint(a.problem) == fingerprint(b.problem)
    for mine, its in ((a.X_test, b.X_test), (a.y_test, b.y_test)):
        assert (mine is None) == (its is None)
        if mine is not None and its is not None:
            assert mine.dtype == its.dtype
            np.testing.assert_array_equal(mine, its)
    np.testing.assert_array_equal(a.scaling.factor, b.scaling.factor)
    assert a.scaled == b.scaled


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("rows", [1, 7, 10_000])
def test_it_is_what_it_would_be_in_memory(
    options: dict[str, Any], dtype: Any, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_rows_of_block", lambda columns: rows)
    dataset = Linear(n_samples=101, **options)
    same(streamed(dataset, tmp_path, dtype), dataset.data(dtype))


@pytest.mark.parametrize("rows", [1, 3 * PIECE_ROWS, 10**9])
def test_normal_rows_are_the_same_in_any_blocks(rows: int) -> None:
    dataset = Normal(n_samples=4 * PIECE_ROWS + 17, n_features=3, seed=2)
    blocks = [*dataset.blocks().read(rows, 0)]
    np.testing.assert_array_equal(np.concatenate([each.X for each in blocks]), dataset.table.X)
    np.testing.assert_array_equal(np.concatenate([each.y for each in blocks]), dataset.table.y)


@pytest.mark.parametrize("first", [0, 1, 40, PIECE_ROWS, 2 * PIECE_ROWS + 3])
@pytest.mark.parametrize("kind", [Linear, Normal])
def test_generated_rows_are_the_same_from_any_row_on(kind: type[Linear | Normal], first: int) -> None:
    dataset = kind(n_samples=2 * PIECE_ROWS + 17)
    X, y = (np.concatenate(each) for each in zip(*((b.X, b.y) for b in dataset.blocks().read(50, first)), strict=True))
    np.testing.assert_array_equal(X, dataset.table.X[first:])
    np.testing.assert_array_equal(y, dataset.table.y[first:])


def test_fewer_normal_rows_are_the_first_of_more_but_for_the_last_piece() -> None:
    few, many = Normal(n_samples=PIECE_ROWS), Normal(n_samples=PIECE_ROWS + 1)
    np.testing.assert_array_equal(few.table.X, many.table.X[:PIECE_ROWS])


def test_standard_scaling_has_the_moments_of_any_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Normal(n_samples=1000, n_features=2, scale="standard", bias=1e6)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = streamed(dataset, tmp_path / "a")
    monkeypatch.setattr(module, "_rows_of_block", lambda columns: 13)
    same(streamed(dataset, tmp_path / "b"), one)
    np.testing.assert_allclose(one.problem.X, dataset.data().problem.X, rtol=1e-13, atol=1e-13)


def test_nothing_is_left_beside_the_arrays(tmp_path: Path) -> None:
    data = streamed(Linear(scale="standard", test_size=0.2), tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == set(ARRAYS)
    assert data.table.y.shape == (50,)  # mapped still


def test_memory_does_not_grow_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_BYTES", 1 << 18)
    peaks = []
    for n in (20 * PIECE_ROWS, 80 * PIECE_ROWS):
        tracemalloc.start()
        try:
            streamed(Normal(n_samples=n, n_features=2, scale="standard", test_size=0.5), tmp_path)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


@dataclass(frozen=True, kw_only=True)
class Given(Dataset):
    """Two blocks, of which the last has these values for its first feature.

    Attributes
    ----------
    values : tuple of float
        Of the last block.
    """

    values: tuple[float, ...] = ()

    def load(self) -> Table:
        raise NotImplementedError

    def blocks(self) -> Blocks:
        def read(rows: int, first: int) -> Iterator[RowBlock]:
            if self.values:
                yield RowBlock(np.ones((2, 2)), np.ones(2), dropped=1, lacking={"b": 1})
            X = np.ones((len(self.values), 2))
            X[:, 0] = self.values
            yield RowBlock(X, np.ones(len(X)), dropped=2, lacking={"a": 1, "b": 1})

        return Blocks(("a", "b"), "y", read)

    def expected_bytes(self) -> int:
        return 1 << 62 if self.seed else 0


def test_rows_left_out_are_counted_over_all_blocks(tmp_path: Path) -> None:
    rows = streamed(Given(values=(2.0, 3.0)), tmp_path).rows
    assert (rows.read, rows.used) == (7, 4)
    assert [(each.column, each.rows) for each in rows.left_out] == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, r"no rows left to fit \(2 had a missing value\)"),
        ({"values": (1.0, float("nan"), float("inf"))}, "column 'a' holds 2 NaN or infinite of 5 values"),
        ({"values": (1.0,), "test_size": 0.9}, "leaves no training row of 3"),
        ({"values": (1.0,), "seed": 1}, "the data take .* on disk, .* are free"),
        ({"values": (1.7e308, -1.7e308), "scale": "minmax"}, "has no minmax scaling"),
    ],
)
def test_bad_data_are_one_line(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=words):
        streamed(Given(**options), tmp_path)


class CutOff(KeyboardInterrupt):
    """What ends a preparation in its middle."""


class Cutting:
    """Watches passes, and cuts off at one of its calls."""

    def __init__(self, at: float = float("inf")) -> None:
        self._at = at
        self.seen: list[tuple[str, int, int]] = []

    def __call__(self, what: str, done: int, total: int) -> None:
        self.seen.append((what, done, total))
        if len(self.seen) > self._at:
            raise CutOff


def prepared(dataset: Dataset, folder: Path, watch: Cutting, dtype: Any) -> dict[str, bytes]:
    """The files that it comes to."""
    blocks = dataset.blocks()
    assert blocks is not None
    files = {name: folder / f"{name}.npy" for name in ARRAYS}
    with preparation(folder) as kept:
        on_disk(dataset, blocks, dtype, files, watch, kept)
        kept.finish({}, files.values())
    clear(files)
    return {path.name: path.read_bytes() for path in folder.glob("*.npy")}


@pytest.fixture
def every_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of ten rows, each of them kept."""
    monkeypatch.setattr(module, "_rows_of_block", lambda columns: 10)
    monkeypatch.setattr("harness.kept.EVERY", 0.0)


@pytest.mark.usefixtures("every_block")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("options", [*OPTIONS, {"scale": "standard", "test_size": 0.4}], ids=str)
def test_cut_off_at_any_block_it_goes_on_there_to_the_same_bytes(
    options: dict[str, Any], dtype: Any, tmp_path: Path
) -> None:
    dataset = Linear(n_samples=42, **options)
    whole = Cutting()
    (tmp_path / "whole").mkdir()
    expected = prepared(dataset, tmp_path / "whole", whole, dtype)
    assert {"X.npy", "y.npy"} <= expected.keys()
    for at, call in enumerate(whole.seen):
        folder, rest = tmp_path / str(at), Cutting()
        folder.mkdir()
        with pytest.raises(CutOff):
            prepared(dataset, folder, Cutting(at), dtype)
        assert prepared(dataset, folder, rest, dtype) == expected
        assert {path.name for path in folder.iterdir()} == {*expected, "whole.json", "writing"}
        first_calls = {what: done for what, done, _ in reversed(rest.seen)}
        assert first_calls[call[0]] == call[1], "no block is written or read again"


@pytest.mark.usefixtures("every_block")
def test_rows_left_out_are_counted_once_where_it_was_cut_off(tmp_path: Path) -> None:
    lines = [f"{i},{'' if i % 7 == 0 else i * 0.5},{i * i % 11}" for i in range(5000)]
    (tmp_path / "gaps.csv").write_text("\n".join(["a,b,y", *lines]))
    dataset = Csv(path=str(tmp_path / "gaps.csv"), target="y", features=("a", "b"), scale="minmax")
    folder, blocks = tmp_path / "kept", dataset.blocks()
    folder.mkdir()
    assert blocks is not None
    files = {name: folder / f"{name}.npy" for name in ARRAYS}
    for at in (2, 1, 2):
        with pytest.raises(CutOff), preparation(folder) as kept:
            on_disk(dataset, blocks, "float64", files, Cutting(at), kept)
    with preparation(folder) as kept:
        found = on_disk(dataset, blocks, "float64", files, kept=kept)
    same(found, dataset.data())
    assert found.rows == dataset.table.row_count


@pytest.mark.usefixtures("every_block")
@pytest.mark.parametrize("lost", ["X.npy", "y.npy"])
def test_what_is_kept_of_files_that_are_shorter_is_not_gone_on_with(lost: str, tmp_path: Path) -> None:
    dataset, rest = Linear(n_samples=42), Cutting()
    with pytest.raises(CutOff):
        prepared(dataset, tmp_path, Cutting(3), "float64")
    os.truncate(tmp_path / lost, 200)
    prepared(dataset, tmp_path, rest, "float64")
    assert rest.seen[0][1] == 0
    np.testing.assert_array_equal(np.load(tmp_path / "X.npy"), dataset.table.X)


@pytest.mark.usefixtures("every_block")
@pytest.mark.parametrize("damage", ["{", "{}", "other"])
def test_a_damaged_record_is_not_gone_on_with(damage: str, tmp_path: Path) -> None:
    dataset, rest = Linear(n_samples=42), Cutting()
    with pytest.raises(CutOff):
        prepared(dataset, tmp_path, Cutting(3), "float64")
    path = tmp_path / "rows.json"
    path.write_text(path.read_text().replace('"used": 30', '"used": 20') if damage == "other" else damage)
    prepared(dataset, tmp_path, rest, "float64")
    assert rest.seen[0][1] == 0
