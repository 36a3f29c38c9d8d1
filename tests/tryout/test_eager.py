"""Cases that begin while other libraries are still being imported."""

from pathlib import Path

import pytest

from harness.reports.tried import Silent
from harness.results import Measurement, Store
from harness.runner import workers
from harness.tryout import Draft, attempt


class Watching(Silent):
    """Remembers what was measured, in order."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def measured(self, measurement: Measurement) -> None:
        self.seen.append(f"{measurement.case.split('/')[1]}: {measurement.status}")


@pytest.mark.slow
def test_the_first_result_does_not_wait_for_a_library_that_never_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_environment: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", command_environment["PYTHONPATH"])
    monkeypatch.setenv("LINBENCH_CACHE", command_environment["LINBENCH_CACHE"])
    monkeypatch.setattr(workers, "START_LIMIT", 6.0)
    Path("endless.py").write_text("while True:\n    pass\n\n\ndef fit(X, y):\n    return X[0]\n")
    Path("broken.py").write_text("import no_such_library_at_all\n\n\ndef fit(X, y):\n    return X[0]\n")
    draft = Draft(
        name="mine",
        datasets=[{"use": "advertising"}],
        backends=[{"use": "endless.py:fit"}, {"use": "broken.py:fit"}, {"use": "numpy_lstsq"}],
        plan={"seconds": 0.01},
    )
    observer = Watching()
    found = attempt(draft.suite(tmp_path / "mine.toml"), Store(tmp_path / "results"), observer)
    assert observer.seen[-1] == "endless.py:fit: timeout"
    assert set(observer.seen[:-1]) == {"numpy_lstsq: ok", "broken.py:fit: missing"}
    reasons = {row.case.backend_label: row.worst.reason for row in found.run.rows}
    assert reasons["endless.py:fit"] == "did not import its library within 6 s"
    assert reasons["broken.py:fit"] == "No module named 'no_such_library_at_all'; broken.py needs it"
