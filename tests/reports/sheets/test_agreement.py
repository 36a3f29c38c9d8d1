"""The digits that pairs have in common."""

from harness.reports.sheets.agreement import NOTHING, agreement, matrices
from harness.results import Measurement
from tests.reports.sheets.test_table import run_of


def fit(case: str, slope: float | None) -> Measurement:
    return Measurement(case=case, round=0, status="ok", coef=(slope, 2.0), intercept=1.0)


RUN = run_of(
    fit("d/a/cpu/float64", 3.0),
    fit("d/b/cpu/float64", 3.0003),
    fit("d/b/cpu/float32", 3.0),
    fit("d/lost/cpu/float64", None),
    fit("e/alone/cpu/float64", 1.0),
)


def test_only_datasets_with_two_answers_have_a_matrix() -> None:
    (matrix,) = matrices(RUN)
    assert (matrix.title, matrix.names) == ("d", ("a float64", "b float64", "b float32"))
    assert matrix.digits[0, 2] == 17
    assert 3.5 < matrix.digits[0, 1] < 4.5
    assert (matrix.digits == matrix.digits.T).all()


def test_the_sheet_numbers_its_columns_as_its_rows() -> None:
    (table,) = agreement(RUN).tables
    assert table.title == "d: digits in common"
    assert [column.heading for column in table.columns] == ["", "backend", "1", "2", "3"]
    assert [cell.text for cell in table.rows[0]] == ["1", "a float64", "–", "4.0", "17.0"]
    assert agreement.record is not None
    assert agreement.record(RUN) == [matrices(RUN)[0].record()]


def test_where_no_two_have_an_answer_the_sheet_says_so() -> None:
    sheet = agreement(run_of(fit("d/a/cpu/float64", 3.0), fit("d/lost/cpu/float64", None)))
    assert sheet.tables == ()
    assert [line.text for line in sheet.before] == [NOTHING]
