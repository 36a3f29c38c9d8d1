"""From a suite that sweeps sizes to what is achieved of the machine's limits, through the command."""

import json
from pathlib import Path

from harness.results import load_run
from tests.conftest import Linbench, Suite


def test_a_run_that_sweeps_sizes_measures_the_roof_and_what_is_achieved_under_it(
    linbench: Linbench, suite: Suite, tmp_path: Path
) -> None:
    sizes = 'use = "linear"\nn_samples = [100, 200, 400]'
    assert linbench("run", suite("numpy_lstsq", "sqlite_sums", dataset=sizes)).code == 0
    (path,) = tmp_path.glob("results/runs/*.jsonl")
    run = load_run(path)
    assert run.header.roof is not None
    assert run.header.roof.threads == run.header.plan.threads
    costs = {(row.case.backend, row.problem.n_samples): row.worst.cost for row in run.rows if row.problem}
    assert all(costs["sqlite_sums", n] is None for n in (100, 200, 400))
    n, p = 400, run.rows[0].problem.n_features + 1 if run.rows[0].problem else 0
    found = costs["numpy_lstsq", n]
    assert found is not None
    assert found.flops == 2 * n * p**2 + 2 * p**3
    assert found.bytes == 6 * n * (p + 1) * 8
    shown = linbench("scaling", "--format", "json")
    time = {each["case"].partition("/")[0]: each for each in json.loads(shown.out) if each["quantity"] == "time"}
    assert time["numpy_lstsq"]["sizes"][-1]["achieved"]["share"] > 0
    assert time["sqlite_sums"]["sizes"][-1]["achieved"] is None


def test_a_run_of_one_size_measures_no_roof(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    assert linbench("run", suite("numpy_lstsq")).code == 0
    (path,) = tmp_path.glob("results/runs/*.jsonl")
    assert load_run(path).header.roof is None
