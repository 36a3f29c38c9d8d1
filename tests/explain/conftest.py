"""Cases fitted within the process of the test, in place of workers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.base import Unsupported
from harness.config import Case, Suite
from harness.explain.case import explain_case
from harness.explain.explanation import Explanation
from harness.results import Run, Store
from harness.runner.variants import Variant
from tests.support import runs
from tests.support.caches import fresh_cache

Explain = Callable[..., Explanation]


def fitted(case: Case) -> dict[str, Any]:
    """What a worker would have measured of a case."""
    data = case.dataset.instance.data(case.dtype)
    backend = case.backend.instance
    try:
        fit = backend.solve(backend.prepare(data.problem, case.device))
    except Unsupported as error:
        return {"status": "unsupported", "reason": str(error), "coef": None, "intercept": None}
    if not np.isfinite(fit.coef).all():
        return {"status": "diverged", "reason": "the loss blew up", "coef": None, "intercept": None}
    coef, intercept = data.scaling.original(fit.coef, fit.intercept)
    return {
        "status": "ok" if fit.converged else "not_converged",
        "coef": tuple(fit.coef.tolist()),
        "intercept": fit.intercept,
        "coef_original": tuple(coef.tolist()),
        "intercept_original": intercept,
        "iterations": fit.iterations,
    }


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the cases that were measured, in order."""
    ids: list[str] = []

    def measure(
        suite: Suite, variants: Mapping[str, Variant], store: Store, observer: object, **_: object
    ) -> dict[str, Run]:
        found = {}
        for name, variant in variants.items():
            case = variant.change(suite.cases[0])
            ids.append(case.id)
            key = suite.cases[0].key
            done = runs.measured(np.random.default_rng(0), key.id, **fitted(case))
            found[name] = Run(Path(name or "x"), runs.header(0, [key], plan=suite.plan), (done,), "then")
        return found

    monkeypatch.setattr("harness.explain.search.measure_variants", measure)
    return ids


@pytest.fixture
def explain(measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Explain:
    """`explain_case` without workers."""
    monkeypatch.setenv("LINBENCH_CACHE", str(fresh_cache(tmp_path / "cache")))
    nobody: Any = None

    def call(case: Case, **options: Any) -> Explanation:
        return explain_case(replace(case), Store(tmp_path), nobody, **options)

    return call
