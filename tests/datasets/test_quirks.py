"""Files as people have them: the right numbers or one clear question, never wrong numbers in silence."""

from pathlib import Path
from typing import Any

import pytest
from numpy.testing import assert_array_equal

from harness.datasets.base import Table
from harness.datasets.csv import Csv
from harness.datasets.file import File
from harness.errors import DatasetError
from tests.datasets.quirks import ALONE, PAIRS, Sheet


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str | bytes, name: str = "d.csv", **options: Any) -> Table:
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    given = {"path": name, "target": "y", **options}
    return File(**given).table


def the_sheet(sheet: Sheet) -> Table:
    Path("d.csv").write_bytes(sheet.content())
    features, target = sheet.columns()
    return Csv(path="d.csv", features=features, target=target).table


@pytest.mark.parametrize("name", ALONE)
def test_each_quirk_alone_is_read_right(name: str) -> None:
    X, y = ALONE[name].numbers()
    table = the_sheet(ALONE[name])
    assert_array_equal(table.X, X)
    assert_array_equal(table.y, y)
    assert table.row_count.dropped == 6 - len(y)


def test_every_pair_of_quirks_is_read_right_or_asked_about() -> None:
    asked = {}
    for name, sheet in PAIRS.items():
        try:
            table = the_sheet(sheet)
        except DatasetError as error:
            asked[name] = str(error)
            continue
        X, y = sheet.numbers()
        assert table.X.tolist() == X, name
        assert table.y.tolist() == y, name
    assert asked == {
        f"{before}, euros behind": f"d.csv: column 'area' holds '{shown} €' in line 2, wanted numbers"
        for before, shown in {"dollars": "$1250.5", "francs": "CHF 1250.5"}.items()
    }
    assert len(PAIRS) > 500


QUESTIONS: dict[str, tuple[str, dict[str, Any], str, dict[str, dict[Any, list[float]]]]] = {
    "a comma before three digits": (
        'a,y\n"1,234",1\n"2,345",2\n',
        {},
        (
            """d.csv: column 'a' holds '1,234', which may be 1234 (decimal = "." and thousands = ",") or 1.234 """
            """(decimal = "," and thousands = "none"); set these options"""
        ),
        {"thousands": {",": [1234, 2345]}, "decimal": {",": [1.234, 2.345], ".": [1234, 2345]}},
    ),
    "a point before three digits among semicolons": (
        "a;y\n1.234;1\n2.345;2\n",
        {},
        "column 'a' holds '1.234', which may be 1.234 (decimal",
        {"thousands": {".": [1234, 2345], "none": [1.234, 2.345]}, "decimal": {".": [1.234, 2.345]}},
    ),
    "a point before three digits beside decimal commas": (
        'a,y\n1.234,"1,5"\n2.345,"2,25"\n',
        {},
        "column 'a' holds '1.234', which may be 1.234 (decimal",
        {"decimal": {",": [1234, 2345]}},
    ),
    "a price before three digits": (
        "a,y\n$1.234,1\n$2.345,2\n",
        {},
        "column 'a' holds '1.234', which may be 1.234 (decimal",
        {"decimal": {".": [1.234, 2.345], ",": [1234, 2345]}},
    ),
    "day or month": (
        "a,y\n01/02/2024,1\n03/02/2024,2\n",
        {},
        'holds \'01/02/2024\', which may be 2024-02-01 (dates = "dmy") or 2024-01-02 (dates = "mdy"); set this option',
        {"dates": {"dmy": [19754, 19756], "mdy": [19724, 19784]}},
    ),
    "names or values": (
        "kind,2019,2020\na,1,2\nb,2,4\n",
        {"features": ("c2",), "target": "c3"},
        'd.csv: the first line (kind, 2019, 2020) may be names or values; set header = "yes" or "no"',
        {"header": {"no": [2019, 1, 2]}},
    ),
    "names below the first row": (
        "Sales of 2024\n\na,y\n1,2\n3,5\n",
        {},
        "d.csv: the names asked for are below the first row; set skip_lines = 2",
        {"skip_lines": {2: [1, 3]}},
    ),
    "years below a title": (
        'World Bank,\n\n"country","2019","2020",\nA,1,2,\nB,3,5,\n',
        {"features": ("2019",), "target": "2020"},
        "d.csv: the names asked for are below the first row; set skip_lines = 2",
        {"skip_lines": {2: [1, 3]}},
    ),
    "a marker of one's own": (
        "a,y\n1,2\n*,3\nn.d.,3\n3,5\n*,4\n",
        {"features": ("a",)},
        """'*' in line 3, wanted numbers; if that means no value, set missing_markers = ["*", "n.d."]""",
        {"missing_markers": {("*", "n.d."): [1, 3]}},
    ),
    "a day that is none": (
        "a,y\n2024-01-01,1\n0000-00-00,2\n2024-01-03,4\n",
        {"features": ("a",)},
        "'0000-00-00' in line 3, which is no date; if that means no value, set missing_markers = [\"0000-00-00\"]",
        {"missing_markers": {("0000-00-00",): [19723, 19725]}},
    ),
    "rows that look like comments": (
        "a,y\n#1,2\n#2,5\n#1,4\n",
        {"features": ("a",)},
        'd.csv: all lines below the header begin with # (3, the first is line 2); set comment = ""',
        {"comment": {"": [0, 1, 0]}},
    ),
    "two separators": (
        "a;b|c\n1;2|3\n5;6|7\n",
        {"features": ("a",)},
        "d.csv: the values may be separated by semicolons or by vertical bars; set separator = ';' or '|'",
        {},
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_cannot_be_told_is_asked_and_each_answer_is_taken(name: str) -> None:
    text, options, question, answers = QUESTIONS[name]
    with pytest.raises(DatasetError) as error:
        read(text, **options)
    assert question in str(error.value)
    assert "\n" not in str(error.value)
    for option, ways in answers.items():
        for value, numbers in ways.items():
            assert read(text, **{**options, option: value}).X[:, 0].tolist() == numbers, (option, value)


VALUES: dict[str, tuple[list[str], dict[str, Any], list[float]]] = {
    "per cent": (["45%", "50.5 %"], {}, [45, 50.5]),
    "per cent as a fraction": (["45%", "50.5 %", "1e1%"], {"percent": "fraction"}, [0.45, 0.505, 0.1]),
    "thousands of two groups": (["1,234,567", "2,345"], {}, [1234567, 2345]),
    "thousands as India has them": (["1,23,456", "12,34,567"], {}, [123456, 1234567]),
    "a comma after nought": (["0,123", "1,234"], {}, [0.123, 1.234]),
    "points and a comma": (["1.234,5", "2.345"], {}, [1234.5, 2345]),
    "decimal commas with an exponent": (["1,5e3", "2,25E-1"], {}, [1500, 0.225]),
    "a minus before the currency": (["-$5.5", "$-6", "- $7"], {}, [-5.5, -6, -7]),
    "a typographic minus": (["−5", "6e−1"], {}, [-5, 0.6]),
    "brackets below 0": (["(5)", "(1,234.50)", "6"], {}, [-5, -1234.5, 6]),
    "Fortran's exponents": (["1.0D+05", "-2.5d-01"], {}, [1e5, -0.25]),
    "a currency's code": (["CHF 1'234.5", "CHF -5"], {}, [1234.5, -5]),
    "a currency that is rare": (["5 ₽", "6 ₽"], {}, [5, 6]),
    "spaces as wide as a digit": (["1\u2007234,5", "5"], {}, [1234.5, 5]),
    "booleans": (["True", "FALSE", "true"], {}, [1, 0, 1]),
    "yes and no": (["yes", "No"], {}, [1, 0]),
    "days": (["1970-01-01", "1969-12-31", "2000-02-29"], {}, [0, -1, 11016]),
    "days, year first with slashes": (["1970/1/2", "1970/01/10"], {}, [1, 9]),
    "days that tell the month": (["13/01/1970", "02/01/1970"], {}, [12, 1]),
    "months first that tell the day": (["01/13/1970", "01/02/1970"], {}, [12, 1]),
    "days with points": (["02.01.1970", "03.02.1970"], {}, [1, 33]),
    "days with names of months": (["2 Jan 1970", "3-Feb-1970"], {}, [1, 33]),
    "days as Americans write them": (["Jan 2, 1970", "February 3, 1970"], {}, [1, 33]),
    "times": (["1970-01-01 12:00", "1970-01-02T06:00:00"], {}, [0.5, 1.25]),
    "times in zones": (["1970-01-01T12:00:00Z", "1970-01-01T12:00:00+06:00"], {}, [0.5, 0.25]),
    "times to a part of a second": (["1970-01-01T00:00:00.5", "1970-01-02T00:00:00"], {}, [0.5 / 86400, 1]),
    "subnormals": (["1e-320", "5e-324", "2.4703282292062328e-324"], {}, [1e-320, 5e-324, 5e-324]),
    "a decimal of 400 digits": (["0." + "1" * 400, "2"], {}, [float("0." + "1" * 400), 2]),
    "a number that rounds to even": (["9007199254740993", "1"], {}, [9007199254740992, 1]),
    "-999 unasked": (["1", "-999", "2"], {}, [1, -999, 2]),
    "-999 asked for": (["1", "-999", "2", "-999.0"], {"missing_markers": ("-999",)}, [1, 2]),
    "-999.25 in another notation": (["1,5", "-999,25", "2"], {"missing_markers": ("-999.25",)}, [1.5, 2]),
    "a marker that is no day": (["1970-01-11", "1970-01-12"], {"missing_markers": ("10",)}, [10, 11]),
    "a word of one's own": (["1", "gone", "2"], {"missing_markers": ("Gone",)}, [1, 2]),
    "Excel's faults": (["1", "#DIV/0!", "2"], {}, [1, 2]),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_are_what_they_say(name: str) -> None:
    texts, options, numbers = VALUES[name]
    lines = "".join(f'"{text}"\t{i % 3}\n' for i, text in enumerate(texts))
    table = read("a\ty\n" + lines, "d.tsv", features=("a",), **options)
    assert table.X[:, 0].tolist() == numbers


REFUSED = {
    "underscores": ["2023_09", "2023_10"],
    "digits of another script": ["\uff11\uff12", "3"],
    "Arabic digits": ["\u0661\u0662", "\u0663"],
    "hexadecimal": ["0x10", "2"],
    "infinity": ["1", "Infinity"],
    "inf": ["inf", "2"],
    "digits behind a letter": ["1D5", "2"],
    "two currencies": ["$5", "€6"],
    "a currency sometimes": ["$5", "6"],
    "per cent sometimes": ["5%", "0.06"],
    "per cent of dollars": ["$5%", "$6%"],
    "brackets about everything": ["(5)", "(6)"],
    "a minus in brackets": ["(-5)", "6"],
    "months in another language": ["31 Mai 2024", "1 Juni 2024"],
    "units": ["5 kg", "6 kg"],
    "times of day": ["12:30", "13:45"],
    "ranges": ["1-5", "6-10"],
    "versions": ["1.2.3", "1.2.4"],
    "fractions": ["1/2", "3/4"],
    "groups of two": ["1,23,45", "2"],
    "a comma at the start": [",,5", "2"],
    "no day": ["2024-02-30", "2024-02-28"],
    "no hour": ["2024-02-28 25:00", "2024-02-28 12:00"],
    "years of two digits": ["01/02/24", "13/02/24"],
    "months alone": ["2024-01", "2024-02"],
    "times with and without a zone": ["2024-01-01T12:00Z", "2024-01-01T12:00"],
    "numbers among words": ["1", "red", "2"],
    "words that are all different": ["red", "green", "blue"],
    "complex numbers": ["1+2j", "2"],
    "beyond float64": ["1e400", "2"],
    "two decimal marks": ["1,5", "1.25"],
    "superscripts": ["5²", "6²"],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_number_is_refused_with_its_line(name: str) -> None:
    lines = "".join(f'"{text}"\t{i % 3}\n' for i, text in enumerate(REFUSED[name]))
    with pytest.raises(DatasetError, match=r"^d\.tsv: column 'a' holds .*; ?|wanted|line \d") as error:
        read("a\ty\n" + lines, "d.tsv", features=("a",))
    assert "\n" not in str(error.value)


COMMENTS = 'lines that begin with # and look like rows are skipped (1, the first is line 4); comment = "" reads them'
SAID: dict[str, tuple[str | bytes, dict[str, Any], list[str]]] = {
    "semicolons": ("a;y\n1,5;2\n2;3\n", {}, ["values are separated by semicolons", "column 'a': 1,5 is read as 1.5"]),
    "no header": ("1,2\n3,4\n", {"target": "c2"}, ["there is no header; the columns are c1 to c2"]),
    "an encoding": (
        "größe,y\n1,2\n3,4\n".encode("cp1252"),
        {},
        ['the text is not UTF-8 and is read as encoding = "cp1252" (western Windows)'],
    ),
    "names in a comment": (
        "# a y\n1 2\n3 4\n",
        {},
        ["the names of the columns are in a comment: a, y", "values are separated by white space"],
    ),
    "R's row names": (
        '"a" "y"\n"1" 1 2\n"2" 3 4\n"3" 4 4\n',
        {"features": ("a",)},
        [
            "every row has one value more than the header: the first is taken for the row's name",
            "values are separated by white space",
        ],
    ),
    "missing values": ("a,y\n1,2\n?,3\n2,NA\n,4\n", {}, ["column 'a': no value where it holds '?' (1), blank (1)",
                                                        "column 'y': no value where it holds 'NA' (1)"]),
    "-999": ("a,y\n1,2\n-999,3\n2,4\n", {},
             ["column 'a': -999 (once) is read as a number; if it means no value, set missing_markers = [\"-999\"]"]),
    "booleans": ("a,y\nyes,2\nno,3\n", {}, ["column 'a': yes is 1 and no is 0"]),
    "dates": ("a,y\n2024-01-31,2\n2024-02-29,3\n", {},
              ["column 'a': dates are read as days since 1970-01-01 (2024-01-31 is 2024-01-31)"]),
    "a category": ("a,y\nr,2\nb,3\nr,4\nb,5\n", {},
                   ["column 'a': a category of 2 levels (b, r), of which b is the baseline"]),
    "columns left out": (
        "id,name,k,e,a,y\n1,Al,7,,1.5,2\n2,Bo,7,,2.5,3\n3,Cy,7,,1,5\n",
        {},
        [
            "column 'id' is left out: it only counts the rows",
            (
                "column 'name' is left out: it holds 'Al' in line 2, one of 3 different texts, wanted numbers; "
                'leave it out, or set categories = "dummies"'
            ),
            "column 'k' is left out: all its values are 7",
            "column 'e' is left out: it holds no values",
        ],
    ),
    "units": ("a,k,y\nm,,EUR\n1,,2\n3,u,5\n", {"features": ("a",)},
              ["the second row is taken for units and skipped: m, , EUR"]),
    "no units": ("t,a,y\nr,x,yes\nb,2,no\nr,3,no\nb,5,yes\nr,1,no\n", {"features": ("t",)},
                 ["column 't': a category of 2 levels (b, r), of which b is the baseline",
                  "column 'y': yes is 1 and no is 0"]),
    "comments that may be rows": ("a,y\n1,2\n# by hand\n#5,6\n3,5\n", {},
                                  [COMMENTS]),
    "a fault of Excel's at the start of a line": ("a,y\n1,2\n#N/A,3\n3,5\n", {},
                                                  ["column 'a': no value where it holds '#N/A' (1)"]),
    "a total by name": ("t,a,y\nr,1,2\nb,3,4\nr,5,5\nb,5,8\nb,6,8\nTotal,20,27\n", {},
        ["column 't': a category of 3 levels (Total, b, r), of which Total is the baseline",
         "line 7 is called 'Total'; a total? skip_last = 1 leaves it out (text, workbooks)"]),
    "a total by its numbers": ("n,a,y\nx,1.1,2\nx,3.2,4\nx,5,5\n,9.3,11\n", {"features": ("a",)},
        ["line 5 holds the sums of the rows above it; a total? skip_last = 1 leaves it out (text, workbooks)"]),
    "nothing out of the way": ("a,y\n1,2\n3,4\n", {}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_was_taken_is_said(name: str) -> None:
    text, options, said = SAID[name]
    assert list(read(text, **options).said) == said


def test_a_category_becomes_ones_and_zeros_but_for_its_first_level() -> None:
    text = "colour,a,y\nred,1,1\nblue,2,2\ngreen,4,3\nred,8,4\n?,1,1\nblue,3,1\n"
    table = read(text, features=("colour", "a"))
    assert table.features == ("colour[T.green]", "colour[T.red]", "a")
    assert_array_equal(table.X, [[0, 1, 1], [0, 0, 2], [1, 0, 4], [0, 1, 8], [0, 0, 3]])
    assert table.row_count.in_words() == "5 of 6 rows used; 1 left out: missing colour (1)"
    with pytest.raises(DatasetError, match="column 'colour' holds 'red' in line 2, wanted numbers"):
        read(text, features=("colour", "a"), categories="error")
    every = read("a,y\n12 m,1\n13 m,2\n14 m,3\n", categories="dummies")
    assert every.features == ("a[T.13 m]", "a[T.14 m]")
    with pytest.raises(DatasetError, match="column 'colour' holds 'red' in line 2, wanted numbers to predict"):
        read(text, features=("a",), target="colour")


def test_missing_values_are_dropped_refused_or_filled() -> None:
    text = "a,b,y\n1,2,3\n,4,5\n3,,7\n4,6,\n,,1\n"
    table = read(text)
    assert table.row_count.in_words() == (
        "1 of 5 rows used; 4 left out: missing a (2), missing b (2), missing y (1); some lack more than one"
    )
    with pytest.raises(DatasetError, match=r"column 'a' has no value in line 3 \(2 in all\); missing = \"drop\""):
        read(text, missing="error")
    filled = read(text, missing="mean")
    assert_array_equal(filled.X, [[1, 2], [8 / 3, 4], [3, 4], [8 / 3, 4]])
    assert filled.row_count.in_words() == (
        "4 of 5 rows used; 1 left out: missing y (1); gaps filled by the column's mean: a (2), b (2)"
    )
    with pytest.raises(DatasetError, match="column 'a' has categories, which have no mean"):
        read("a,y\nr,1\nb,2\n,3\nr,4\nb,1\n", missing="mean")


def test_weights_are_read_and_checked() -> None:
    table = read("a,w,y\n1,0.5,2\n2,0,3\n5,,4\n4,1,5\n", weights="w")
    assert table.features == ("a",)
    assert_array_equal(table.weights, [0.5, 0, 1])
    assert_array_equal(table.X[:, 0], [1, 2, 4])
    assert table.row_count.in_words() == "3 of 4 rows used; 1 left out: missing w (1)"
    assert table.weights is not None
    with pytest.raises(ValueError, match="read-only"):
        table.weights[0] = 1
    assert read("a,y\n1,2\n3,4\n").weights is None
    for weight, message in {
        "-1": "column 'w' holds -1 in line 3, wanted weights at least 0",
        "inf": "column 'w' holds 'inf' in line 3, wanted numbers",
        "x": "column 'w' holds 'x' in line 3, wanted numbers",
    }.items():
        with pytest.raises(DatasetError, match=message):
            read(f"a,w,y\n1,1,2\n2,{weight},3\n", weights="w")
    with pytest.raises(DatasetError, match="holds no weight above 0"):
        read("a,w,y\n1,0,2\n2,0,3\n", weights="w")


OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no target": ({"target": ""}, "target: got none, wanted the name of a column, or a formula"),
    "formula and target": ({"formula": "y ~ x"}, "target: got it beside a formula"),
    "formula, features": ({"formula": "y ~ x", "target": "", "features": ("x",)}, "features: got it beside a formula"),
    "target as weights": ({"weights": "y"}, "weights: got 'y', which is the target"),
    "one mark for two things": ({"decimal": ",", "thousands": ","}, "thousands: got ',', which is the decimal mark"),
    "a name twice": ({"names": ("a", "a")}, "names: got one of them twice"),
    "lines below 0": ({"skip_lines": -1}, "skip_lines: got -1, wanted a number at least 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_make_no_problem(name: str) -> None:
    options, message = OPTIONS[name]
    with pytest.raises(ValueError, match=f"^{message}"):
        File(**{"path": "d.csv", "target": "y", **options})


GIVEN: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "an encoding": ("größe,y\n1,2\n3,5\n".encode("cp437"), {"encoding": "cp437", "features": ("größe",)}),
    "no header": ("1,2\n3,5\n", {"header": "no", "features": ("c1",), "target": "c2"}),
    "names": ("1,2\n3,5\n", {"names": ("b", "y")}),
    "names in place of others": ("u,v\n1,2\n3,5\n", {"names": ("b", "y"), "header": "yes"}),
    "names in place of others, with units": ("u,v\nm,s\n1,2\n3,5\n", {"names": ("b", "y"), "header": "yes"}),
    "numbers for names": ("1,2\n1,2\n3,5\n", {"header": "yes", "features": ("1",), "target": "2"}),
    "another comment": ("% by hand\nb,y\n1,2\n% later\n3,5\n", {"comment": "%"}),
    "no comment": ("#b,y\n1,2\n3,5\n", {"comment": "", "features": ("#b",)}),
    "lines to pass over": ("Sales of 2024, all\n\nb,y\n1,2\n3,5\n", {"skip_lines": 2}),
    "lines to pass over at the end": ("b,y\n1,2\n3,5\nTotal,7\n\n(3 rows)\n", {"skip_last": 2}),
    "an encoding with a mark": ("\ufeffb,y\n1,2\n3,5\n".encode("utf-16-le"), {"encoding": "utf-16-le"}),
    "a regular expression": ("b -> y\n1 -> 2\n3 -> 5\n", {"separator": "->"}),
}


@pytest.mark.parametrize("name", GIVEN)
def test_each_option_overrides_the_look(name: str) -> None:
    text, options = GIVEN[name]
    table = read(text, "d.txt", **options)
    assert_array_equal(table.X, [[1], [3]])
    assert_array_equal(table.y, [2, 5])


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,y\n1,2\n", {"encoding": "latin-9000"}, "encoding: got 'latin-9000', wanted one that Python knows"),
        ("größe,y\n1,2\n".encode("cp1252"), {"encoding": "utf-8"}, "d.csv is not utf-8 text; set another encoding"),
        (b"\x81\x8d,y\n1,2\n", {}, "d.csv is neither UTF-8 nor cp1252; set encoding"),
        ("a,y\n1,2\n", {"separator": "("}, "d.csv: separator: |no column 'y'"),
        ("a,y\n1,2\n", {"separator": "((y"}, "d.csv: separator: missing "),
        ("a,b,y\n1,2,3\n", {"names": ("a", "y")}, "d.csv: names: got 2, wanted one for each of 3 columns"),
        ("name,y\nAl,2\nBo,3\n", {}, r"no column but 'y' can be used \(column 'name' is left out: it holds 'Al'"),
    ],
)
def test_options_that_do_not_fit_the_file(text: str | bytes, options: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read(text, **options)
