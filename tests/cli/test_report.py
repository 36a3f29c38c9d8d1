"""The verb report: what it asks for, and an option of old scripts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli import app
from tests.support.runs import measured, write_run


def test_replay_is_accepted_hidden_and_without_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def build(run: Any, folder: Path, runs: Any, *, known: Any, static: bool) -> Path:
        asked.append((run.id, folder, static))
        return folder / "index.html"

    monkeypatch.setattr("harness.reports.page.build", build)
    path = write_run(tmp_path, 0, [measured(np.random.default_rng(0))])
    words = ["report", str(path), "--out", str(tmp_path / "page")]
    plain, old = CliRunner().invoke(app, words), CliRunner().invoke(app, [*words, "--replay", "20"])
    assert asked == [(path.stem, tmp_path / "page", False)] * 2
    assert plain.stdout == old.stdout == f"{tmp_path / 'page' / 'index.html'}\n"
    assert plain.stderr == ""
    assert old.stderr.startswith("linbench: --replay no longer has any effect")
    assert len(old.stderr.splitlines()) == 1
    assert "--replay" not in CliRunner().invoke(app, ["report", "--help"]).stdout
