"""Files that are streamed have the numbers that the careful readers find."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from harness.datasets._reading import streams
from harness.datasets.base import Dataset, RowBlock
from harness.datasets.csv import Csv
from harness.datasets.file import File
from harness.errors import DatasetError

ROWS = 9000
COLUMNS = "i AS id, i * 0.1 AS a, CASE WHEN i % 1000 = 7 THEN NULL ELSE sqrt(i) END AS b, (i % 7)::INTEGER AS y"


FEATHER = ["d.feather", "p*.feather"] if find_spec("polars") is not None else []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    with duckdb.connect("d.duckdb") as connection:
        connection.execute(f"CREATE TABLE t AS SELECT {COLUMNS} FROM range({ROWS}) r(i)")
        connection.execute("CREATE TABLE texts AS SELECT 'a' AS town, 1.5 AS x, 2.5 AS y")
        connection.execute("COPY t TO 'd.parquet'")
        connection.execute("COPY (SELECT * FROM t LIMIT 4000) TO 'p1.parquet'")
        connection.execute("COPY (SELECT * FROM t OFFSET 4000) TO 'p2.parquet'")
        connection.execute("COPY t TO 'd.csv'")
        connection.execute("COPY texts TO 'texts.parquet'")
    if find_spec("polars") is not None:
        import polars as pl

        for name in ("d", "p1", "p2", "texts"):
            pl.read_parquet(f"{name}.parquet").write_ipc(f"{name}.feather")
    return tmp_path


def whole(dataset: Dataset, rows: int = 100, first: int = 0) -> RowBlock:
    blocks = dataset.blocks()
    assert blocks is not None
    found = [*blocks.read(rows, first)]
    lacking: dict[str, int] = {}
    for each in found:
        for name, count in each.lacking.items():
            lacking[name] = lacking.get(name, 0) + count
    X, y = np.concatenate([each.X for each in found]), np.concatenate([each.y for each in found])
    return RowBlock(X, y, sum(each.dropped for each in found), lacking)


@pytest.mark.parametrize(
    "path",
    ["d.parquet", "p*.parquet", "d.csv", "d.duckdb::t", "d.duckdb::SELECT a, b, y FROM t", "SELECT * FROM 'd.parquet'",
     *FEATHER],
)  # fmt: skip
def test_the_numbers_are_those_of_the_careful_readers(folder: Path, path: str) -> None:
    dataset = File(path=path, features=("a", "b"), target="y")
    found, table = whole(dataset), dataset.table
    np.testing.assert_array_equal(found.X, table.X)
    np.testing.assert_array_equal(found.y, table.y)
    assert (found.dropped, found.lacking) == (9, {"b": 9})
    assert table.row_count.dropped == 9


@pytest.mark.parametrize("path", ["d.parquet", "p*.parquet", "d.csv", "d.duckdb::t", *FEATHER])
@pytest.mark.parametrize("first", [1, 2048, 4001, 8999])
def test_the_rest_of_a_file_are_its_last_rows(folder: Path, path: str, first: int) -> None:
    dataset = File(path=path, features=("id", "a"), target="y")
    rest, table = whole(dataset, first=first), dataset.table
    np.testing.assert_array_equal(rest.X, table.X[first:])
    np.testing.assert_array_equal(rest.y, table.y[first:])


def test_a_files_state_changes_with_it_and_a_query_has_none(folder: Path) -> None:
    dataset = File(path="p*.parquet", target="y")
    before = dataset.source()
    assert before == dataset.source()
    os.utime("p2.parquet", ns=(0, 0))
    after = dataset.source()
    assert before is not None
    assert after is not None
    assert after[0] == before[0]
    assert after[1] != before[1]
    database = File(path="d.duckdb::t", target="y").source()
    Path("d.duckdb.wal").touch()
    assert database != File(path="d.duckdb::t", target="y").source()
    for path in ("SELECT * FROM 'd.parquet'", "d.duckdb::SELECT a, y FROM t", "https://example.org/d.csv"):
        assert File(path=path, target="y").source() is None


def test_a_file_of_a_suites_folder_is_streamed_from_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    dataset = File(path="d.csv", folder=str(folder), features=("id", "a"), target="y")
    assert len(whole(dataset).y) == ROWS
    assert dataset.expected_bytes() == (folder / "d.csv").stat().st_size


def test_every_other_column_where_none_is_named(folder: Path) -> None:
    blocks = File(path="d.duckdb::SELECT a, b, y FROM t", target="y").blocks()
    assert blocks is not None
    assert blocks.features == ("a", "b")
    for path in ("d.duckdb::t", "d.csv", *FEATHER):
        with pytest.raises(DatasetError, match="column 1 is called 'id' and may only count the rows; name features"):
            File(path=path, target="y").blocks()
    Path("n.csv").write_text(",a,y\n0,1.5,2\n1,2.5,3\n")
    with pytest.raises(DatasetError, match="column 1 has no name and may only count the rows; name features"):
        File(path="n.csv", target="y").blocks()


def test_integers_of_128_bits_are_rounded_correctly(folder: Path) -> None:
    select = "SELECT * FROM (VALUES (66849982134747324::HUGEINT, 1), (-66849982134747324::HUGEINT, 2)) t(x, y)"
    dataset = File(path=select, features=("x",), target="y")
    assert whole(dataset).X[:, 0].tolist() == [float(66849982134747324), -float(66849982134747324)]
    np.testing.assert_array_equal(whole(dataset).X, dataset.table.X)


def test_texts_that_nobody_named_are_told_by_their_type(folder: Path) -> None:
    Path("n.csv").write_text("name,a,y\nAl,1.5,2\nBo,2.5,3\n")
    with pytest.raises(DatasetError, match="column 'name' is VARCHAR and cannot be streamed, wanted numbers"):
        File(path="n.csv", target="y").blocks()


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("a;y\n1.234;1\n2.345;2\n", "column 'a' holds '1.234', which may be 1.234 "),
        ("a,y\n01/02/2024,1\n02/03/2024,2\n", "column 'a' holds '01/02/2024', which may be 2024-02-01 "),
    ],
)
def test_what_duckdb_would_guess_is_asked(folder: Path, text: str, question: str) -> None:
    Path("n.csv").write_text(text)
    for features in (("a",), ()):
        with pytest.raises(DatasetError, match=question):
            File(path="n.csv", features=features, target="y").blocks()


def test_blocks_are_as_small_as_asked_for(folder: Path) -> None:
    blocks = Csv(path="d.csv", features=("a",), target="y").blocks()
    assert blocks is not None
    assert max(len(each.y) for each in blocks.read(1, 0)) <= streams.VECTOR


@pytest.mark.parametrize(
    "options",
    [{"formula": "y ~ a"}, {"target": "y", "weights": "a"}, {"target": "y", "missing": "mean"},
     {"target": "y", "decimal": ","}, {"target": "y", "names": ("p", "q", "r", "y")}],
)  # fmt: skip
def test_what_needs_the_careful_readers_is_left_to_them(folder: Path, options: dict[str, Any]) -> None:
    assert File(path="d.csv", **options).blocks() is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "texts.parquet", "target": "y"}, "column 'town' is VARCHAR and cannot be streamed, wanted numbers"),
        ({"path": "d.parquet", "target": "z"}, "has no column 'z'"),
        ({"path": "d.duckdb::u", "target": "y"}, "there is no table 'u'"),
        ({"path": "SELECT nothing FROM nowhere", "target": "y"}, "cannot be read: .*nowhere"),
        ({"path": "no*.parquet", "target": "y"}, "no file matches"),
        ({"path": "d.parquet", "target": "y", "features": ("a", "b"), "missing": "error"}, "column 'b' lacks a value"),
    ],
)
def test_bad_files_are_one_line(folder: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        whole(File(**options))


@pytest.mark.skipif(not FEATHER, reason="polars is not installed")
def test_a_bad_feather_file_is_one_line_and_without_polars_it_is_read_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DatasetError, match="column 'town' is String and cannot be streamed, wanted numbers"):
        whole(File(path="texts.feather", target="y"))
    Path("p2.feather").write_bytes(Path("p2.feather").read_bytes()[:-2000])
    with pytest.raises(DatasetError, match=r"p\*\.feather cannot be read: "):
        whole(File(path="p*.feather", features=("a",), target="y"))
    monkeypatch.setattr(streams, "is_installed", lambda library: False)
    assert File(path="d.feather", target="y").blocks() is None


def test_a_damaged_file_is_one_line(folder: Path) -> None:
    Path("d.parquet").write_bytes(Path("d.parquet").read_bytes()[:-2000])
    with pytest.raises(DatasetError, match=r"d\.parquet cannot be read: "):
        whole(File(path="d.parquet", target="y"))


def test_how_much_memory_a_file_may_take(folder: Path) -> None:
    size = Path("d.csv").stat().st_size
    assert File(path="d.csv", target="y").expected_bytes() == size
    assert File(path="*.csv", target="y").expected_bytes() == size
    assert File(path="none.csv", target="y").expected_bytes() == 0
    assert File(path="SELECT 1 AS y, 2 AS x", target="y").expected_bytes() == 0
