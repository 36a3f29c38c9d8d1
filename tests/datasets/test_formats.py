"""Every format, by whichever library reads it, holds the same numbers; several files are one table."""

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from harness.datasets._reading import columnar, opening, plain
from harness.datasets.base import Table
from harness.datasets.file import File
from harness.errors import DatasetError

X, Y = [0.1, 3e-5, 5e-324, 1.7976931348623157e308], [2.0, -4.0, 0.5, 9007199254740993.0]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(path: str, **options: Any) -> Table:
    return File(**{"path": path, "features": ("x",), "target": "y", **options}).table


def assert_same(table: Table) -> None:
    assert_array_equal(table.X[:, 0], X)
    assert_array_equal(table.y, Y)


def polars_frame(**more: Any) -> Any:
    return pytest.importorskip("polars").DataFrame({"x": X, "y": Y, "t": list("abab"), **more})


@pytest.mark.parametrize("library", ["pyarrow", "polars", "duckdb"])
def test_parquet_is_read_by_whichever_library_is_there(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    polars_frame().write_parquet("d.parquet")
    pytest.importorskip(library)
    monkeypatch.setattr(columnar, "is_installed", lambda name: name == library)
    assert_same(read("d.parquet"))
    assert_same(read(Path("d.parquet").resolve().as_uri()))


def test_parquet_without_any_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    polars_frame().write_parquet("d.parquet")
    monkeypatch.setattr(columnar, "is_installed", lambda name: False)
    with pytest.raises(DatasetError, match=r"^d\.parquet needs pyarrow or polars or duckdb; pip install one of them$"):
        read("d.parquet")


def test_feather() -> None:
    polars_frame().write_ipc("d.feather", compression="uncompressed")
    assert_same(read("d.feather"))


def test_parquet_keeps_what_columns_are() -> None:
    import datetime as dt
    import decimal

    frame = polars_frame(
        whole=[1, 2, 2**53 + 1, 4],
        gap=[1.5, None, 2.5, math.nan],
        day=[dt.date(1970, 1, 2), dt.date(1969, 12, 31), None, dt.date(2000, 2, 29)],
        time=[
            dt.datetime.fromisoformat("1970-01-01T12:00"),
            dt.datetime.fromisoformat("1970-01-02"),
            dt.datetime.fromisoformat("1970-01-03"),
            dt.datetime.fromisoformat("1970-01-04T06:00"),
        ],
        exact=[decimal.Decimal("0.10"), decimal.Decimal("2.25"), decimal.Decimal(3), decimal.Decimal("-4.5")],
        yes=[True, False, True, True],
    )
    frame.write_parquet("d.parquet")
    assert read("d.parquet", features=("whole",)).X[:, 0].tolist() == [1, 2, 2.0**53, 4]
    assert "1 integers above 2**53" in read("d.parquet", features=("whole",)).said[0]
    assert read("d.parquet", features=("gap",)).row_count.in_words() == "2 of 4 rows used; 2 left out: missing gap (2)"
    assert read("d.parquet", features=("day",)).X[:, 0].tolist() == [1, -1, 11016]
    assert read("d.parquet", features=("time",)).X[:, 0].tolist() == [0.5, 1, 2, 3.25]
    assert read("d.parquet", features=("exact",)).X[:, 0].tolist() == [0.1, 2.25, 3, -4.5]
    assert read("d.parquet", features=("yes",)).X[:, 0].tolist() == [1, 0, 1, 1]
    assert read("d.parquet", features=("t",)).features == ("t[T.b]",)
    assert "the file holds float64" in read("d.parquet").decimals.why_not


def test_a_workbook(here: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    import datetime as dt

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["x", "y", "day", "t"])
    for i, row in enumerate(zip([0.1, 3e-5, 12345.6789, 1e300], [2, -4, 0.5, 7], strict=True)):
        sheet.append([*row, dt.date(2024, 1, i + 1), "ab"[i % 2]])
    other = book.create_sheet("Other one")
    other.append(["x", "y"])
    other.append(["m", "EUR"])
    other.append([1, "2"])
    other.append(["?", 3])
    other.append([4.5, 5])
    book.save("d.xlsx")
    table = read("d.xlsx")
    assert table.X[:, 0].tolist() == [0.1, 3e-5, 12345.6789, 1e300]
    assert table.y.tolist() == [2, -4, 0.5, 7]
    assert table.said == (f"of 2 sheets the first is read, {sheet.title!r}",)
    assert read("d.xlsx", features=("day",)).X[:, 0].tolist() == [19723, 19724, 19725, 19726]
    assert read("d.xlsx", features=("t",)).features == ("t[T.b]",)
    other_one = read("d.xlsx::Other one")
    assert other_one.X[:, 0].tolist() == [1, 4.5]
    assert other_one.row_count.dropped == 1
    assert read("d.xlsx::Other one", skip_last=1).X[:, 0].tolist() == [1]
    with pytest.raises(DatasetError, match="it holds no rows"):
        read("d.xlsx::Other one", skip_last=5)
    with pytest.raises(DatasetError, match=r"d\.xlsx has no sheet 'Othr one'; did you mean 'Other one'\?"):
        read("d.xlsx::Othr one")


@pytest.fixture
def database(here: Path) -> Path:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect("sales.duckdb") as connection:
        connection.execute("CREATE TABLE sold (x DOUBLE, y DOUBLE, n DECIMAL(9, 2), t VARCHAR)")
        rows = zip(X, Y, [0.1, 2, 3, None], "abab", strict=True)
        connection.executemany("INSERT INTO sold VALUES (?, ?, ?, ?)", list(rows))
        connection.execute('CREATE TABLE "odd ""name" AS SELECT 1 AS x, 2 AS y')
    return here


def test_a_table_and_a_query_of_a_database(database: Path) -> None:
    assert_same(read("sales.duckdb::sold"))
    assert_same(read("sales.duckdb::SELECT * FROM sold"))
    assert read("sales.duckdb::SELECT x * 2 AS x, y FROM sold WHERE x < 1 ORDER BY y").y.tolist() == [-4, 0.5, 2]
    assert read("sales.duckdb::sold", features=("n",)).row_count.dropped == 1
    assert read('sales.duckdb::odd "name').X.tolist() == [[1]]


def test_a_query_over_files_of_the_folder(database: Path) -> None:
    Path("a.csv").write_text("x,k\n0.1,1\n0.3,2\n")
    Path("b.csv").write_text("y,k\n5,1\n6,2\n")
    table = read("SELECT a.x, b.y FROM 'a.csv' a JOIN 'b.csv' b USING (k) ORDER BY k")
    assert table.X.tolist() == [[0.1], [0.3]]
    assert table.y.tolist() == [5, 6]
    assert table.said == (opening.BY_DUCKDB,)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("sales.duckdb::sald", "sales.duckdb: there is no table 'sald'; did you mean 'sold'?"),
        ("sales.duckdb", "sales.duckdb is a database; name a table or a query: sales.duckdb::table"),
        ("sales.duckdb::SELECT 1 AS x; DROP TABLE sold", "wanted one SELECT"),
        ("sales.duckdb::SELECT * FROM nothing", "cannot be read: Catalog Error"),
        ("sales.duckdb::SELECT * FROM read_text('/etc/hostname')", "cannot be read: Permission Error"),
        ("sales.duckdb::FROM (COPY sold TO 'out.csv')", "cannot be read: Parser Error"),
        ("SELECT * FROM read_text('/etc/hostname')", "cannot be read: Permission Error"),
        ("SELECT * FROM read_csv('../secret.csv')", "cannot be read: Permission Error"),
        ("SELECT 1 AS x, 2 AS y; COPY (SELECT 1) TO 'out.csv'", "wanted one SELECT"),
        ("WITH a AS (SELECT 1 AS x) SELECT x FROM a", "has no column 'y'"),
    ],
)
def test_a_query_may_read_and_nothing_else(database: Path, query: str, message: str) -> None:
    (database.parent / "secret.csv").write_text("x,y\n1,2\n")
    with pytest.raises(DatasetError) as error:
        read(query)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not Path("out.csv").exists()


def test_a_pattern_reads_files_of_the_same_columns_as_one() -> None:
    Path("2023.csv").write_text("x,y\n1,2\n?,3\n")
    Path("2024.csv").write_text("# later\ny,x\n4,5\n6,7\n")
    table = read("202*.csv")
    assert table.X[:, 0].tolist() == [1, 5, 7]
    assert table.y.tolist() == [2, 4, 6]
    assert table.said[0] == "2 files are read as one"
    assert table.row_count.read == 4
    Path("2025.csv").write_text("x,y\n1,red\n2,3\n")
    with pytest.raises(
        DatasetError, match=r"^202\*\.csv: column 'y' holds 'red' in line 2 of 2025\.csv, wanted numbers"
    ):
        read("202*.csv")
    Path("2025.csv").write_text("x,z\n1,2\n")
    with pytest.raises(DatasetError, match=r"2023\.csv and 2025\.csv have different columns \(y, z\)|no column 'y'"):
        read("202*.csv")
    with pytest.raises(DatasetError, match=r"^no file matches '19\*\.csv'; patterns are relative"):
        read("19*.csv")


def test_a_file_whose_name_looks_like_a_pattern_is_that_file() -> None:
    Path("d[1].csv").write_text("x,y\n1,2\n3,4\n")
    assert read("d[1].csv").X[:, 0].tolist() == [1, 3]


def test_a_missing_file_is_told_without_reading() -> None:
    with pytest.raises(DatasetError, match=r"^there is no file no\.csv; paths are relative to the current folder"):
        File(path="no.csv", target="y").check_files()
    with pytest.raises(DatasetError, match=r"there is no file no\.duckdb"):
        File(path="no.duckdb::t", target="y").check_files()
    Path("d.csv").write_text("nothing that makes sense")
    File(path="d.csv", target="y").check_files()
    File(path="SELECT 1 AS y", target="y").check_files()


def test_a_pipe_is_not_opened(here: Path) -> None:
    import os

    os.mkfifo("d.csv")
    with pytest.raises(DatasetError, match=r"^d\.csv is not a regular file; give the path of one$"):
        read("d.csv")


def test_a_number_that_is_no_text_has_a_point_whatever_the_options_say() -> None:
    Path("d.json").write_text('[{"x": 1.234, "y": "1,5"}, {"x": 2.5, "y": "1.234"}]')
    table = read("d.json", decimal=",")
    assert table.X[:, 0].tolist() == [1.234, 2.5]
    assert table.y.tolist() == [1.5, 1234]


def test_of_numbers_and_texts_in_a_column_the_texts_alone_are_read_as_the_options_say() -> None:
    Path("d.json").write_text('[{"x": 2.25, "y": 1}, {"x": "1,5", "y": 2}, {"x": null, "y": 2}, {"x": 1.234, "y": 2}]')
    assert read("d.json").X[:, 0].tolist() == [2.25, 1.5, 1.234]
    Path("d.json").write_text('[{"x": 2.25, "y": 1}, {"x": "1,234", "y": 2}]')
    with pytest.raises(DatasetError, match=r"column 'x' holds '1,234', which may be 1234 .* or 1\.234 "):
        read("d.json")
    assert read("d.json", decimal=",").X[:, 0].tolist() == [2.25, 1.234]
    assert read("d.json", thousands=",").X[:, 0].tolist() == [2.25, 1234]
    for text, message in {"5%": "different units", "yes": "wanted numbers"}.items():
        Path("d.json").write_text(f'[{{"x": 2.25, "y": 1}}, {{"x": "{text}", "y": 2}}]')
        with pytest.raises(DatasetError, match=message):
            read("d.json")
    Path("d2.csv").write_text("x;y\n1,5;2\n3,5;4\n")
    pytest.importorskip("polars").DataFrame({"x": [1.234], "y": [1]}).write_parquet("d1.parquet")
    assert read("d[12].*").X[:, 0].tolist() == [1.234, 1.5, 3.5]


JSON_FORMS: dict[str, str] = {
    "records": '[{"x": 0.10, "y": 2}, {"y": 3, "x": 1e-320}]',
    "columns": '{"x": [0.1, 1e-320], "y": [2, 3]}',
    "columns by row": '{"x": {"0": 0.1, "1": 1e-320}, "y": {"0": 2, "1": 3}}',
    "split": '{"columns": ["x", "y"], "index": [0, 1], "data": [[0.1, 2], [1e-320, 3]]}',
    "lines": '{"x": 0.1, "y": 2}\n{"y": 3, "x": 1e-320}\n',
    "texts": '[{"x": "0.1", "y": "2"}, {"x": "1e-320", "y": "3"}]',
    "with gaps": '[{"x": 0.1, "y": 2}, {"x": null, "y": 9}, {"x": NaN, "y": 9}, {"y": 1}, {"x": 1e-320, "y": 3}]',
}


@pytest.mark.parametrize("name", JSON_FORMS)
def test_json_in_every_form(name: str) -> None:
    Path("d.json").write_text(JSON_FORMS[name])
    table = read("d.json")
    assert table.X[:, 0].tolist() == [0.1, 1e-320]
    assert table.y.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"x": [1, 2], "y": [3]}', "d.json: 'x' has 2 values and 'y' 1; give columns of one length"),
        ('{"x": 1}', "wanted a list of objects, or an object of columns"),
        ('[{"x": 1, "y": 2}, {"x": [1], "y": 2}]', "d.json: column 'x' holds ['1'] in record 2, wanted numbers"),
        ('[{"x": true, "y": 2}, {"x": 2, "y": 2}]', "d.json: column 'x' holds 'true' in record 1, wanted numbers"),
        (
            '[{"x": Infinity, "y": 2}, {"x": 2, "y": 2}]',
            "d.json: column 'x' holds 'Infinity' in record 1, wanted numbers",
        ),
        ('{"columns": ["x", "y"], "data": [[1, 2], [3]]}', "d.json: record 2 holds 1 values, wanted 2"),
        ("[" * 100_000, "d.json cannot be read: "),
    ],
)
def test_json_that_is_no_table(text: str, message: str) -> None:
    Path("d.json").write_text(text)
    with pytest.raises(DatasetError) as error:
        read("d.json")
    assert message in str(error.value)


def test_lines_of_json_say_their_line() -> None:
    Path("d.jsonl").write_text('{"x": 1, "y": 2}\n\n{"x": "red", "y": 2}\n{"x": 4, "y": 2}\n')
    with pytest.raises(DatasetError, match=r"column 'x' holds 'red' in line 3"):
        read("d.jsonl")
    Path("d.jsonl").write_text('{"x": 1, "y": 2}\n{"x"\n')
    with pytest.raises(DatasetError, match=r"d\.jsonl cannot be read: line 2 is not JSON"):
        read("d.jsonl")


decimals = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=17, min_value=-(10**20), max_value=10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.builds("{}.{}e{}".format, st.integers(0, 10**25), st.integers(0, 10**25), st.integers(-330, 280)),
    st.integers(-(10**40), 10**40).map(str),
)
quick = settings(
    deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def nearest(text: str) -> float:
    """The nearest float64, found without any reader of decimals: Python rounds a quotient of integers correctly."""
    value = Fraction(text)
    return value.numerator / value.denominator


@quick
@given(texts=st.lists(decimals, min_size=2, max_size=12))
@example(texts=["0E-17", "8.988465674311579e+307", "8.98846567431158e+307", "0E-17"])  # whose sum overflows
def test_decimals_are_correctly_rounded_whatever_the_reader(texts: list[str]) -> None:
    numbers = [nearest(text) for text in texts]
    ones = [1.0] * len(texts)
    lines = "".join(f"{text}\t1\n" for text in texts)
    Path("d.tsv").write_text("x\ty\n" + lines)
    Path("d.txt").write_text("x y\n" + lines.replace("\t", "  "))
    Path("d.csv").write_text("x;y\n" + lines.replace("\t", ";").replace(".", ","))
    Path("d.json").write_text("[" + ", ".join(f'{{"x": {text}, "y": 1}}' for text in texts) + "]")
    Path("s.json").write_text(json.dumps([{"x": text, "y": "1"} for text in texts]))
    for path, options in {"d.tsv": {}, "d.txt": {}, "d.json": {}, "s.json": {}, "d.csv": {"decimal": ","}}.items():
        table = read(path, **options)
        assert table.X[:, 0].tolist() == numbers, path
        assert table.y.tolist() == ones


@quick
@given(
    texts=st.lists(decimals, min_size=2, max_size=30),
    odd=st.sampled_from(["", "", "1_0", "inf", "?", "1,2", "x", '"1"']),
)
def test_the_fast_reader_reads_what_the_careful_one_reads(texts: list[str], odd: str) -> None:
    rows = [*texts, odd] if odd else texts
    Path("d.csv").write_text("x,y\n" + "".join(f"{text},1\n" for text in rows))

    def outcome() -> Any:
        try:
            table = read("d.csv")
        except DatasetError as error:
            return str(error)
        return table.X.tolist(), table.y.tolist(), table.row_count

    careful = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "LEAST_VALUES", 0)
        assert outcome() == careful


@pytest.mark.parametrize(
    ("text", "plainly"),
    [
        ("x,y\n1,2\n3,4\n", True),
        ("x,y\n1,2\n3,4", True),
        ("x,k,y\n1,a,2\n3,b,4\n", True),
        ("x,y\n1,2\n\n3,4\n", False),
        ("x,y,k\n1,2,3\n3,4\n5,6,7,8\n", False),
        ("x,y\n1,2\n3,\n", False),
        ("x,y\n1,2\n9007199254740993,4\n", False),
        ("x,y\n1,2\ninf,4\n", False),
        ('x,y\n1,2\n"3",4\n', False),
        ("x,y\r\n1,2\r\n3,4\r\n", False),
    ],
)
def test_only_plain_files_are_read_fast(text: str, plainly: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.datasets._reading.source import Source

    monkeypatch.setattr(plain, "LEAST_VALUES", 0)
    Path("d.csv").write_bytes(text.encode())
    names = text.partition("\n")[0].strip().split(",")
    found = plain.read_plain(Source("d.csv", Path("d.csv")), ",", len(names), [0, names.index("y")])
    assert (found is not None) == plainly
    if found is not None:
        assert found[0].tolist() == [1, 3]
        assert found[names.index("y")].tolist() == [2, 4]


def test_a_large_plain_file_is_not_solved_from_its_decimals_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "LEAST_VALUES", 0)
    Path("d.csv").write_text("x,y\n1.5,2\n3,4\n4,4\n")
    table = read("d.csv")
    assert table.decimals.read is None
    assert np.isfinite(table.X).all()
    assert "from their decimals" in table.decimals.why_not
