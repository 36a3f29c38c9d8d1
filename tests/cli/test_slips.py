"""Slips in the words of a command: each is one line that says what to write."""

from pathlib import Path

import pytest

from harness.cli.slips import check_names, check_question, meant_by
from harness.errors import UsageError
from tests.conftest import Linbench


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("houses.csv", "flats.csv"):
        (tmp_path / name).write_text("area,price\n1,2\n2,3\n4,4\n")
    monkeypatch.chdir(tmp_path)


HOME = str(Path.home())

SLIPS = [
    (["houses.csv", "r.html"], "got 'r.html' in the place of a formula; --html takes no name"),
    (["houses.csv", "price ~ area", "r.html"], "got 'r.html' in the place of a formula; --html takes no name"),
    (["houses.csv", "mine.toml"], "to write the suite there: --save mine.toml"),
    (["houses.csv", "mine.py:fit"], "your own function is --with FILE.py:NAME"),
    (
        ["houses.csv", "price", HOME, "area", "+", "rooms"],
        'got the formula in 5 words, wanted it between quotes: linbench try houses.csv "price ~ area + rooms"',
    ),
    (["houses.csv", "price", "~area"], 'between quotes: linbench try houses.csv "price ~area"'),
    (["price ~ area", "houses.csv"], 'first, wanted the data: linbench try houses.csv "price ~ area"'),
    (["price ~ area"], 'wanted the data: linbench try FILE "price ~ area"'),
    (["houses.csv", "price"], "to predict price from all other columns: linbench try houses.csv --target price"),
    (["flats.csv", "houses.csv", "price ~ area"], 'a pattern between quotes reads several as one: "*.csv"'),
    (["houses.csv", "area", "rooms"], "got 'rooms' beside 'area', wanted one formula between quotes; columns go with"),
    (["houses.csv", "price ~ area", "+ rooms"], 'between quotes: linbench try houses.csv "price ~ area + rooms"'),
]


@pytest.mark.parametrize(("words", "said"), SLIPS)
@pytest.mark.usefixtures("_here")
def test_words_that_try_cannot_mean_are_told_what_was_meant(words: list[str], said: str) -> None:
    data, formula, *further = [*words, ""]
    with pytest.raises(UsageError) as caught:
        check_question(data, formula, [each for each in further if each])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "words",
    [["houses.csv", ""], ["houses.csv", "price ~ area"], ["~/houses.csv", "price ~ area"], ["a.duckdb::t", "y~x"],
     ["SELECT * FROM 'a.csv'", "y ~ x"], ["houses.csv", "price = area"]],
)  # fmt: skip
@pytest.mark.usefixtures("_here")
def test_words_that_may_be_right_are_left_to_whoever_reads_them(words: list[str]) -> None:
    check_question(words[0], words[1], [])


def test_a_column_beside_a_target_is_one_to_predict_from() -> None:
    with pytest.raises(UsageError, match="got 'rooms' beside --target; columns to predict from are --features rooms"):
        check_question("houses.csv", "rooms", [], ["price"])


def test_own_functions_and_backends_are_named_one_by_one() -> None:
    check_names(["mine.py:fit", "pack.age:Class", "numpy_lstsq"], ["numpy_lstsq"])
    with pytest.raises(UsageError, match=r"wanted FILE.py:NAME .*, such as --with mine.py:fit"):
        check_names(["mine.py"], [])
    with pytest.raises(UsageError, match=r"wanted FILE.py:NAME .*, such as --with mine.py:fit"):
        check_names(["fit"], [])
    with pytest.raises(UsageError, match=r"the option repeated: --backend numpy_lstsq --backend scipy_lstsq$"):
        check_names([], ["numpy_lstsq,scipy_lstsq"])


def test_options_of_other_programs_are_told_with_what_does_the_same() -> None:
    assert "--html writes the report" in meant_by("-o", "try")
    assert "> FILE" in meant_by("--out", "show")
    assert meant_by("--nope", "show") == ""


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["try", "houses.csv", "--formula", "price ~ area"], "; the formula follows the file: linbench try FILE"),
        (["try", "houses.csv", "price", HOME, "area"], 'between quotes: linbench try houses.csv "price ~ area"'),
        (["houses.csv"], "to fit a file of data: linbench try houses.csv --target COLUMN"),
    ],
)
def test_the_command_says_so_in_one_line(words: list[str], said: str, in_process: Linbench) -> None:
    done = in_process(*words)
    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert said in line
