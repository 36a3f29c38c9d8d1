"""A comparison's rows: what differs, and how much of the rest could have been seen."""

from dataclasses import replace

from harness.compare import CaseVerdict, Judgement, compare
from harness.reports.layout import Screen, lay_out
from harness.reports.sheets.comparison import RATIOS, comparison, whole
from harness.units import seconds_text
from tests.support.comparisons import OTHER, QUIET, both, run_of, slowed, timed


def test_what_is_worse_is_a_row_with_its_change_and_interval() -> None:
    found = both(timed(), timed(times=slowed(1.2)))
    (table,) = comparison(found).tables
    row = dict(zip((column.name for column in table.columns), table.rows[0], strict=True))
    assert (row["case"].text, row["number"].text) == ("scratch_ols", "seconds")
    assert row["verdict"].style == "bad"
    assert row["change"].text == "+20.0%"
    assert row["change"].value == row["change"].sort
    assert row["before"].text == seconds_text(row["before"].sort)
    assert row["interval"].text.startswith("+")


def test_what_is_the_same_is_shown_when_asked_for_with_what_could_be_seen() -> None:
    found = both(timed(), timed())
    assert comparison(found).tables == ()
    (table,) = comparison(found, everything=True).tables
    assert table.columns[-1].heading == "unseen under"
    assert any(row[-1].text.endswith("%") for row in table.rows)
    assert "could not see under " in lay_out(whole(found, everything=True), "csv")


def test_the_answer_stands_last_in_a_terminal_and_first_in_markdown() -> None:
    found = both(timed(), [*timed(), *timed(OTHER)])
    summary = f"{found.old} → {found.new}: new (1 same, 1 new)"
    assert lay_out(comparison(found), "text").splitlines()[-1] == summary
    assert lay_out(comparison(found), "markdown").splitlines()[0] == f"**{summary}**"
    assert "numpy_lstsq" in lay_out(comparison(found), "text")


def test_a_change_of_seconds_says_what_it_is_of_and_other_changes_do_not() -> None:
    assert RATIOS in [line.text for line in comparison(both(timed(), timed(times=slowed(1.2)))).after]
    assert RATIOS not in [line.text for line in comparison(both(timed(), timed())).after]


def test_a_reason_that_all_rows_have_is_said_once() -> None:
    why = ("too few rounds: 3 and 12", "noisy: the new run")
    judged = [Judgement(kind="digits", verdict="undecided", reasons=each) for each in (why, why[:1])]
    found = both(timed(), timed())
    cases = tuple(
        CaseVerdict(case=name, verdict="undecided", judgements=(each,)) for name, each in zip("ab", judged, strict=True)
    )
    sheet = comparison(replace(found, cases=cases))
    assert sheet.tables[0].notes == (f"a: {why[1]}",)
    assert [line.text for line in sheet.before] == [
        f"every row: linear, cpu, float64; number digits; verdict undecided; {why[0]}"
    ]
    alone = comparison(replace(found, cases=cases[:1]))
    assert alone.tables[0].notes == tuple(f"a digits: {each}" for each in why)


def test_rows_have_what_tells_them_apart_and_fit_a_narrow_screen() -> None:
    found = both([*timed(), *timed(OTHER)], [*timed(times=slowed(1.2)), *timed(OTHER, times=slowed(1.3))])
    sheet = comparison(found)
    assert [column.name for column in sheet.tables[0].columns] == ["case", "before", "now", "change", "interval"]
    assert sheet.before[0].text.startswith("every row: linear, cpu, float64; number seconds; verdict worse; alarm fail")
    lines = lay_out(sheet, "text", Screen(80)).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith(("  scratch_ols   ", "  numpy_lstsq   ")) for line in lines) == 2
    header = lay_out(whole(found), "csv").splitlines()[0]
    assert header == "case,number,before,now,change,interval,verdict,alarm,why"


def test_two_suites_are_told_apart() -> None:
    run = run_of(timed())
    other = replace(run, header=replace(run.header, suite="other"))
    said = f"the suites differ, {run.header.suite} and other"
    assert any(note.startswith(said) for note in compare(run, other).notes)
    assert not any(note.startswith("the suites differ") for note in compare(run, run).notes)


def test_a_case_is_called_by_its_labels_and_kept_by_its_id() -> None:
    run = run_of(timed())
    key = replace(run.header.cases[0], dataset_label="houses", backend_label="mine")
    named = replace(run, header=replace(run.header, cases=(key, *run.header.cases[1:])))
    (table,) = comparison(compare(run, named), everything=True).tables
    (cell, *_) = (row[0] for row in table.rows if row[0].value == key.id)
    assert cell.text == "mine"


def test_a_run_beside_itself_is_told_to_be_that() -> None:
    run = run_of(timed())
    assert any("both are the same run" in note for note in compare(run, run).notes)


def test_a_reason_that_all_rows_of_a_number_have_names_the_number_alone() -> None:
    short = [*timed(times=QUIET[:1]), *timed(OTHER, times=QUIET[:1])]
    (table,) = comparison(both(short, short), everything=True).tables
    assert any(note.startswith("seconds of every case: too few rounds: 1 and 1") for note in table.notes)
