"""What costs a case its digits is found by changing one thing at a time, each change measured."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from backends.base import Backend, Fit, Problem, Suspect
from backends.numpy_lstsq import NumpyLstsq
from backends.scratch_gd import ScratchGD
from backends.scratch_ols import ScratchOls
from backends.sklearn_ols import SklearnOls
from harness.catalog import backend_class, backend_names
from harness.config import Case, Component
from harness.datasets.advertising import Advertising
from harness.datasets.file import File
from harness.datasets.nist_longley import NistLongley
from harness.datasets.nist_wampler1 import NistWampler1
from harness.errors import UnknownName, UsageError
from harness.explain.case import stored_case
from harness.explain.changes import changes_of
from harness.explain.trial import Trial
from harness.reports.layout import lay_out
from harness.reports.sheets.explanation import explanation
from harness.results import load_run
from tests.explain.conftest import Explain, fitted
from tests.support import runs


def case(dataset: object, backend: Backend[Any], dtype: str = "float64") -> Case:
    """A backend on a dataset, each by its class's file."""
    names = [type(each).__module__.rpartition(".")[2] for each in (dataset, backend)]
    return Case(Component(names[0], dataset), Component(names[1], backend), "cpu", dtype)  # type: ignore[arg-type]


WAMPLER = case(NistWampler1(), SklearnOls())


def trials(found: object) -> dict[str, Trial]:
    return {each.name: each for each in found.trials}  # type: ignore[attr-defined]


def test_the_cut_of_scikit_learn_is_the_cause_on_wampler1(explain: Explain) -> None:
    found = explain(WAMPLER)
    assert found.before.digits < 1
    assert found.before.backward_error > 1e6
    assert not found.another_question
    assert found.best is not None
    assert found.best.name == "tol=0"
    assert found.best.after.digits > 8
    assert found.best.share > 0.9
    assert found.identified is not None
    assert found.identified.best is not None
    told = found.identified.best
    assert told.cause == "truncated"
    first, second, *_ = [line.text for line in explanation(found).before]
    assert first.startswith("sklearn_ols on nist_wampler1: 0.")
    assert second.startswith("It is the same question, worse answered. tol=0 (keeps every singular value) closes 9")


def test_an_answer_as_good_as_the_data_allow_needs_no_explanation(explain: Explain) -> None:
    found = explain(case(NistLongley(), NumpyLstsq()))
    assert found.nothing_lost
    assert found.best is None
    texts = [line.text for line in explanation(found).before]
    assert "nothing to explain" in texts[1]
    assert any("Nearly dependent columns" in text and "x6" in text and "the intercept" in text for text in texts)
    assert any("The method is stable" in text for text in texts)
    assert explanation(found).tables == ()


def test_single_precision_is_a_cause(explain: Explain) -> None:
    found = explain(case(NistLongley(), ScratchOls(), "float32"))
    assert trials(found)["float64"].after.digits > 13


def test_a_descent_that_was_stopped_early_wants_epochs(explain: Explain) -> None:
    found = explain(case(Advertising(scale="standard"), ScratchGD(epochs=30, learning_rate=0.05)))
    assert found.own_units
    assert found.best is not None
    assert found.best.after.digits > found.before.digits + 10
    assert trials(found)["epochs=300"].after.digits > found.before.digits + 8
    assert found.identified is not None
    assert found.identified.best is not None
    assert found.identified.best.cause == "unfinished"


def test_changes_that_help_only_together_are_found_and_told_so(
    explain: Explain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate that diverges, and too few epochs for a lower one; conjugate gradients, which need neither, left out."""
    rates = tuple(each for each in ScratchGD.suspects if each.option in {"epochs", "learning_rate"})
    monkeypatch.setattr(ScratchGD, "suspects", rates)
    found = explain(case(Advertising(scale="standard"), ScratchGD(epochs=40, learning_rate=1.5)))
    assert found.before.status == "diverged"
    assert found.best is not None
    assert {each.subject for each in found.best.changes} == {"epochs", "learning_rate"}
    assert found.best.interaction > 1
    text = lay_out(explanation(found), "text")
    assert "They interact: alone they close" in text
    assert "no longer diverges" in text


def test_every_change_was_measured_and_no_case_twice_in_one_go(explain: Explain, measured: list[str]) -> None:
    found = explain(WAMPLER)
    assert len(measured) == len(set(measured))
    assert measured[0] == WAMPLER.id
    assert {each.name for each in found.trials if len(each.changes) == 1} == {"tol=0", "scale=standard"}


def test_scaled_data_are_judged_in_their_own_units(explain: Explain) -> None:
    """Where the intercept of centred data is 0 but for rounding, its digits mean nothing."""
    found = explain(case(Advertising(scale="standard"), NumpyLstsq()))
    assert found.before.digits > 14


@pytest.fixture
def shifted(tmp_path: Path) -> File:
    """A column beside itself plus 2, rounded."""
    rng = np.random.default_rng(1)
    X = rng.uniform(0, 1, (30, 3))
    rows = np.column_stack([X, X[:, 2] + 2, X @ [1.0, 2.0, 3.0] + rng.standard_normal(30)])
    path = tmp_path / "shifted.csv"
    np.savetxt(path, rows, delimiter=",", header="x1,x2,x3,x4,y", comments="", fmt="%.17g")
    return File(path=str(path), target="y")


def test_dependent_columns_are_named_and_left_out_one_at_a_time(explain: Explain, shifted: File) -> None:
    found = explain(case(shifted, NumpyLstsq()))
    assert [str(each) for each in found.question.relations] == ["x4 = x3 + 2"]
    assert found.nothing_lost
    names = trials(found)
    assert {"without x3", "without x4", "columns reversed"} <= set(names)
    assert names["without x4"].after.digits > 12


def test_another_backend_stands_beside_it(explain: Explain) -> None:
    found = explain(WAMPLER, against="scratch_ols")
    assert found.against is not None
    name, other = found.against
    assert name == "scratch_ols"
    assert other.digits > 15
    assert "scratch_ols has 1" in lay_out(explanation(found), "text")
    with pytest.raises(UnknownName, match="did you mean 'scratch_ols'"):
        explain(WAMPLER, against="scratch_olz")
    with pytest.raises(UsageError, match="wanted another backend"):
        explain(WAMPLER, against="sklearn_ols")


@dataclass(frozen=True, kw_only=True)
class Forgetful(Backend[Problem]):
    """Forgets the intercept unless told not to."""

    suspects: ClassVar[tuple[Suspect, ...]] = (Suspect("forget", False, "fits an intercept"),)

    forget: bool = True

    def prepare(self, problem: Problem, device: str) -> Problem:
        return problem

    def solve(self, state: Problem) -> Fit:
        if not self.forget:
            return ScratchOls().solve(state)
        return replace(ScratchOls().solve(replace(state, intercept=False)), intercept=0.0)


def test_another_question_is_told_from_the_same_one_worse_answered(explain: Explain) -> None:
    found = explain(case(Advertising(features=("TV", "Radio")), Forgetful()))
    assert found.another_question
    assert found.best is not None
    assert found.best.name == "forget=false"
    text = lay_out(explanation(found), "text")
    assert "right answer to another question: the model has no intercept" in text


def test_a_stored_answer_is_held_against_the_one_measured_now(explain: Explain, tmp_path: Path) -> None:
    good = replace(WAMPLER, backend=Component("sklearn_ols", SklearnOls(tol=0.0)))
    done = runs.measured(np.random.default_rng(0), WAMPLER.id, **fitted(good))
    path = runs.write_run(tmp_path / "runs", 0, [done], cases=[WAMPLER.key])
    again, stored = stored_case(load_run(path), "*wampler1*float64")
    assert again == WAMPLER
    found = explain(again, stored=stored)
    assert found.stored is not None
    assert found.stored[1].digits > 8
    assert any("something else has changed" in line.text for line in explanation(found).before)
    with pytest.raises(UsageError, match="no case of run"):
        stored_case(load_run(path), "filip")


def test_the_record_is_plain_and_has_a_before_and_an_after_for_every_change(explain: Explain) -> None:
    record = explain(WAMPLER).record()
    assert record["cause"] == "tol=0"
    for each in record["trials"]:
        assert each["digits_before"] == record["digits"]
        assert each["closed"] == pytest.approx(each["share"] * record["gap"])


@pytest.mark.parametrize("name", [name for name in backend_names() if not name.startswith("fake_")])
def test_every_suspect_is_an_option_with_a_value_that_it_takes(name: str) -> None:
    kind = backend_class(name)
    for each in kind.suspects:
        assert each.option in kind.defaults(), f"{name}: {each.option}"
        assert not each.effect.endswith(".")
        assert each.effect
        if not each.times:
            kind(**{each.option: each.value})
        else:
            assert isinstance(kind.defaults()[each.option], int | float)


def test_what_is_so_already_is_no_change() -> None:
    names = [each.name for each in changes_of(case(Advertising(scale="standard"), SklearnOls(tol=0.0)))]
    assert "tol=0" not in names
    assert "scale=standard" not in names
