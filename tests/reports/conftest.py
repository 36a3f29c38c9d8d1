"""One small real run that the tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.results import Run, load_run
from tests.conftest import ROOT

SUITE = """
name = "real"
[plan]
seconds = 0.005
[[dataset]]
use = "advertising"
scale = "minmax"
[[dataset]]
use = "advertising"
features = ["TV", "Radio", "Newspaper"]
scale = "minmax"
[[backend]]
use = "scratch_ols"
[[backend]]
use = "scratch_gd"
epochs = [60, 600, 2000]
[[backend]]
use = "scratch_gd"
learning_rate = 1000.0
[[backend]]
use = "scratch_sgd"
engine = "blocks"
epochs = 5
"""


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory, references: Path) -> Run:
    """Advertising on one feature and on three: a direct solver, a swept descent, a diverging and a stochastic one."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "real.toml").write_text(SUITE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LINBENCH_CACHE": str(references)}
    words = [sys.executable, "-m", "harness", "run", "real.toml", "--format", "json"]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("results/runs/*.jsonl")
    return load_run(path)
