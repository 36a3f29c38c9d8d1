"""Variants of a suite measured in one run come out as runs with the same cases."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.scipy_lstsq import ScipyLstsq
from harness.config import Component, Suite
from harness.environments import Environment
from harness.machine import Commit
from harness.results import Run, Store
from harness.runner.variants import Variant, measure_variants, pooled
from tests.support import runs
from tests.support.suites import case, suite_of

NOBODY: Any = None


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Suite]:
    """Suites that were measured, each by numbers made up."""
    suites: list[Suite] = []

    def measured(suite: Suite, store: Store, observer: object, stopping: object = None, **_: object) -> Run:
        suites.append(suite)
        rng = np.random.default_rng(0)
        done = [runs.measured(rng, each.id, i) for i in range(suite.plan.rounds) for each in suite.cases]
        keys = [each.key for each in suite.cases]
        return Run(Path("x"), runs.header(0, keys, plan=suite.plan, suite=suite.name), tuple(done), "then")

    monkeypatch.setattr("harness.runner.variants.measure_new", measured)
    return suites


def test_a_variant_has_the_cases_of_the_suite_wherever_they_were_measured(asked: list[Suite], tmp_path: Path) -> None:
    """A case's id may end like an environment's, or hold slashes: nothing is parsed."""
    suite = suite_of(case(), case(environment="old"), rounds=3)
    suite = replace(suite, environments=(Environment("old"),))
    variants = {
        side: Variant(partial(lambda side, each: replace(each, environment=f"{side}-{each.environment}"), side))
        for side in ("then", "now")
    }
    found = measure_variants(suite, variants, Store(tmp_path), NOBODY)
    assert len(asked[0].cases) == 4
    for run in found.values():
        assert [row.case.id for row in run.rows] == [each.id for each in suite.cases]
        assert [row.case.environment for row in run.rows] == ["default", "old"]
        assert run.header.environments == (suite.environments[0].record,)
    then, now = (found[side].measurements for side in ("then", "now"))
    assert {each.case for each in then} == {each.case for each in now}
    assert [each.seconds for each in then] != [each.seconds for each in now]


def test_a_variant_may_be_another_backend_or_commit(asked: list[Suite], tmp_path: Path) -> None:
    other, commit = Component("scipy_lstsq", ScipyLstsq()), Commit(id="abc")
    variants = {
        "one": Variant(lambda each: each),
        "other": Variant(lambda each: replace(each, backend=other), commit=commit, label="other@abc"),
    }
    found = measure_variants(suite_of(), variants, Store(tmp_path), NOBODY)
    assert [each.backend.name for each in asked[0].cases] == ["numpy_lstsq", "scipy_lstsq"]
    assert found["other"].rows[0].case.id == found["one"].rows[0].case.id
    assert found["other"].id.endswith(":other@abc")
    assert found["other"].header.commit == commit
    assert found["one"].header.commit == runs.header(0, []).commit


def test_pooled_runs_have_all_rounds(asked: list[Suite], tmp_path: Path) -> None:
    def measured(rounds: int) -> Run:
        variants = {"only": Variant(lambda each: each)}
        return measure_variants(suite_of(rounds=rounds), variants, Store(tmp_path), NOBODY)["only"]

    one, other = measured(3), measured(4)
    both = pooled([one, other])
    assert list(both.rows[0].rounds) == list(range(7))
    assert both.header.plan.rounds == 7
    assert both.rows[0].samples == one.rows[0].samples + other.rows[0].samples
