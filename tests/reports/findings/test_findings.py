"""What a run found: which sentences, with which numbers, in which order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.reports.findings import MOST, finding_kinds, findings
from harness.reports.findings.facts import listed, times_text
from harness.reports.layout import lay_out
from harness.reports.naming import shorter
from harness.reports.sheets.summary import headline, summary
from harness.results import Measurement, Run
from tests.conftest import Linbench
from tests.support.runs import header, measured, write_run

RNG = np.random.default_rng(0)


def case(dataset: str, backend: str, verdict: str = "best_possible", **changes: Any) -> Measurement:
    """A measurement with a verdict: by default right to 15 digits, in standard errors."""
    error = {"wrong": 26.0, "visible": 0.5}.get(verdict, 1e-12)
    known = {"digits": 15.0, "attainable": 15.9, "error_in_se": error, "measured_in": "standard errors"}
    scores = {**known, "verdict": verdict, **changes.pop("scores", {})}
    return measured(RNG, f"{dataset}/{backend}/cpu/float64", scores=scores, samples=5, **changes)


def run_of(*measurements: Measurement) -> Run:
    return Run(Path("r.jsonl"), header(0, [each.case for each in measurements]), measurements, "later")


def texts(*measurements: Measurement) -> list[str]:
    return [each.text for each in findings(run_of(*measurements))]


SURE = case("d", "sgd", "wrong", iterations=10, scores={"digits": 0.2})
RIGHT = case("d", "ols")


def test_a_wrong_answer_that_calls_itself_right_comes_first() -> None:
    first, *rest = findings(run_of(RIGHT, SURE))
    assert first.text == (
        "sgd is 26 standard errors off on d and calls itself converged (0.2 correct digits). "
        "Why: its own stopping rule ended it after 10 epochs: the rule is too loose, or it minimises something else."
    )
    assert first.cases == (SURE.case,)
    assert first.style == "bad"
    assert any(
        each.text
        == "1 of 2 backends is right on this dataset: ols (15.0 digits where the data determine 15.9; at most "
        "1e-12 standard errors off, which changes no conclusion)."
        for each in rest
    )


def test_wrong_answers_beyond_the_sentences_of_a_kind_are_named() -> None:
    wrong = [case("d", name, "wrong") for name in ("a", "b", "c", "d", "e", "f", "g")]
    found = [each for each in texts(RIGHT, *wrong) if "reports success" in each]
    assert len(found) == 2
    assert "Also off" not in found[0]
    assert found[1].endswith("Also off: c, d, e and 2 more.")
    assert not any("Also off:" in each for each in texts(RIGHT, *wrong[:2]))


def test_a_direct_method_reports_success_and_the_worst_of_its_datasets_is_told() -> None:
    found = texts(case("d", "svd", "visible"), case("e", "svd", "wrong"), case("f", "svd"))
    assert found[0].startswith("svd is 26 standard errors off on e and reports success")
    assert found[0].endswith("; it does so on 2 of 3 datasets.")


def said(standard_errors: float, coefficients: float = 7.6, **others: float) -> dict[str, Any]:
    return {"digits": coefficients, "statistic_digits": {"standard_errors": standard_errors, **others}}


def test_wrong_standard_errors_beside_right_coefficients_are_told() -> None:
    first, *_ = findings(run_of(RIGHT, case("d", "qr", scores=said(0.0)), case("e", "qr", scores=said(12.0, 15.0))))
    assert first.text == "qr has 7.6 correct digits of the coefficients of d, and 0.0 of its own standard errors."
    assert (first.cases, first.style) == (("d/qr/cpu/float64",), "bad")
    found = texts(case("d", "gretl", scores=said(12.0, f_value=0.0)), case("e", "gretl", scores=said(1.0)))
    assert "and 0.0 of its own F; it does so on 2 of 2 datasets." in found[0]


def test_standard_errors_as_good_as_the_coefficients_and_r_squared_about_zero_are_no_surprise() -> None:
    for scores in (said(1.0, 2.0), said(3.0), said(12.0, r_squared=0.0)):
        assert not any("of its own" in each for each in texts(case("d", "ols", scores=scores)))
    assert not any("of its own" in each for each in texts(case("d", "ols", "wrong", scores=said(0.0))))


def test_an_answer_that_says_it_is_wrong_is_no_surprise() -> None:
    honest = case("d", "gd", "wrong", status="not_converged", iterations=10)
    told = (
        "gd is 26 standard errors off on d and says so: it did not converge. "
        "Why: it stopped after 10 epochs, before it reached the answer."
    )
    assert texts(RIGHT, honest)[-1] == told


def test_what_failed_is_counted_with_its_statuses() -> None:
    lost = Measurement(case="d/lost/cpu/float64", round=0, status="crashed", reason="killed by SIGSEGV")
    assert "1 of 2 cases failed (crashed): lost on d: killed by SIGSEGV." in texts(RIGHT, lost)


def test_what_diverged_is_told_by_cases() -> None:
    why = "the loss blew up after 3 epochs; lower eta0 (it is 1)"
    lost = [Measurement(case=f"{d}/gd/cpu/float64", round=0, status="diverged", reason=why) for d in "de"]
    assert f"gd diverges in all its 2 cases: no answer at all. Why: {why}." in texts(*lost, case("d", "ols"))


def test_right_answers_of_a_method_that_never_stopped() -> None:
    unstopped = case("d", "gd", "harmless", status="not_converged", iterations=10, scores={"digits": 5.9})
    wanted = "gd never says that it has converged on d, yet its answer there is right (up to 5.9 digits)."
    assert wanted in texts(RIGHT, unstopped)


def test_digits_that_are_lost_without_harm_are_told_beside_who_keeps_them() -> None:
    poor = case("d", "lapack", "harmless", scores={"digits": 7.0})
    assert (
        "lapack keeps 7.0 of the 15.9 digits that d determines, ols 15.0; harmless compared with the data's own noise."
        in texts(RIGHT, poor)
    )


def rounds(backend: str, seconds: float) -> list[Measurement]:
    return [case("d", backend, seconds=seconds, noise=0.001, round_=i) for i in range(6)]


def test_the_fastest_is_named_alone_only_where_it_can_be_told_apart() -> None:
    (clear,) = (each for each in texts(*rounds("quick", 1e-3), *rounds("slow", 4e-3)) if "fastest" in each)
    assert clear.startswith("quick is the fastest right answer on d; slow takes 4")
    (tied,) = (each for each in texts(*rounds("one", 1e-3), *rounds("other", 1e-3)) if "fastest" in each)
    assert "leads or ties for the fastest" in tied
    assert "cannot be told apart from it" in tied


def test_where_nobody_is_wrong_the_fastest_comes_before_who_is_right() -> None:
    both = [*rounds("quick", 1e-3), *rounds("slow", 4e-3)]
    assert texts(*both)[0].startswith("quick is the fastest")
    first = [each.split()[0] for each in texts(*both, case("d", "off", "visible", status="not_converged"))[:2]]
    assert first == ["2", "quick"]


def test_nobody_is_the_fastest_by_a_single_round() -> None:
    found = texts(case("d", "quick", seconds=1e-3), case("d", "slow", seconds=4e-3))
    assert any(
        each.startswith("Fastest in its best sample, 1.0") and ": quick; 1 round cannot tell for sure" in each
        for each in found
    )
    assert not any("fastest right answer" in each for each in found)


def test_two_environments_that_differ_in_digits() -> None:
    old, new = case("d", "ols"), case("d", "ols", "wrong", scores={"digits": 0.2})
    key = header(0, [old.case, f"{old.case}/new"])
    later = Measurement(
        **{**{name: getattr(new, name) for name in new.__dataclass_fields__}, "case": f"{old.case}/new"}
    )
    found = findings(Run(Path("r.jsonl"), key, (old, later), None))
    assert "ols gets 0.2 digits on d in new, 15.0 in default." in [each.text for each in found]


def test_there_are_seven_at_most_and_none_where_nothing_was_measured() -> None:
    many = [case(d, b, "wrong", iterations=5) for d in "abcdefgh" for b in ("x", "y", "z")]
    assert 3 <= len(findings(run_of(*many, RIGHT))) <= MOST
    surprises = [each.surprise for each in findings(run_of(*many, RIGHT))]
    assert surprises == sorted(surprises, reverse=True)
    assert findings(Run(Path("r.jsonl"), header(0, []), (), None)) == ()


@pytest.mark.parametrize("kind", finding_kinds(), ids=lambda kind: kind.name)
def test_every_kind_says_what_it_is_and_needs_no_scores(kind: Any) -> None:
    assert kind.about.endswith(".")
    bare = Measurement(case="d/b/cpu/float64", round=0, status="ok", coef=(1.0,), seconds=(1.0,))
    for each in findings(run_of(bare)):
        assert each.text.endswith(".")


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.53, "0.53"), (8.9, "8.9"), (4639.0, "4,640"), (8.1e6, "8.1 million"), (3.21e8, "321 million"), (1e26, "10^26")],
)
def test_numbers_as_a_sentence_has_them(number: float, text: str) -> None:
    assert times_text(number) == text


def test_names_beyond_the_most_are_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed("aabc") == "a, b and c"
    assert listed("abcdef") == "a, b and 4 more"


def test_a_summary_has_a_row_per_backend_and_a_line_for_all() -> None:
    run = run_of(RIGHT, SURE, case("e", "ols"), case("e", "sgd", "wrong"))
    assert headline(run) == "4 cases on 2 datasets: 4 ok"
    (table,) = summary(run).tables
    assert [[cell.text for cell in row][:3] for row in table.rows] == [["ols", "2", "–"], ["sgd", "–", "2"]]
    lines = lay_out(summary(run), "text").splitlines()
    assert lines[-1].startswith("•")
    assert lay_out(summary(run), "markdown").startswith("**4 cases on 2 datasets: 4 ok**\n\n- sgd is")


def test_the_command_ends_with_what_was_found(in_process: Linbench, tmp_path: Path) -> None:
    write_run(tmp_path / "results/runs", 0, [RIGHT, SURE])
    done = in_process("show")
    assert done.code == 0, done.err
    assert done.out.index("2 cases on 1 dataset: 2 ok") > done.out.index("SE")
    assert "• sgd is 26 standard errors off" in done.out
    assert in_process("show", "--format", "json").json()["findings"][0]["cases"] == [SURE.case]


def test_options_are_named_only_where_they_tell_two_apart() -> None:
    found = texts(case("d[n=1]", "sgd[rate=1]", "wrong", iterations=3), case("e", "ols[m=qr]"), case("e", "ols[m=lu]"))
    assert found[0].startswith("sgd is 26 standard errors off on d and")
    keys = [*header(0, ["d[n=1]/ols/cpu/float64", "d[n=2]/ols/cpu/float64", "e[n=1]/ols/cpu/float64"]).cases]
    pairs = [(each.dataset_label, each.dataset) for each in keys]
    assert shorter(pairs) == {"d[n=1]": "d[n=1]", "d[n=2]": "d[n=2]", "e[n=1]": "e"}
