"""The baseline's commit is measured again with the baseline's libraries, in an environment of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backends.base import Library
from harness.compare import Thresholds
from harness.config import Case, case_of
from harness.environments import Environment, EnvironmentRecord, builder
from harness.environments.commands import Commands
from harness.environments.installers import InstallOptions
from harness.errors import LinbenchError, UsageError
from harness.gate import again as again_module
from harness.gate.again import Again, measure_again
from harness.gate.check import check
from harness.gate.libraries import environments_of, versions_in_words
from harness.machine import Commit
from harness.results import Run, Store
from tests.support.building import Stub
from tests.support.comparisons import run_of, slowed, timed
from tests.support.runs import key
from tests.support.scripted import Watcher

SKLEARN, STATSMODELS, NUMPY = (
    f"linear/{name}/cpu/float64" for name in ("sklearn_ols", "statsmodels_ols", "numpy_lstsq")
)
NOW = {"python": "3.12.1", "numpy": "2.3.0"}
COMMIT = Commit(id="0" * 40, time="2026-01-01T00:00:00Z", dirty=False)


def run_with(versions: Mapping[str, Mapping[str, str]], hours: float = 0, **changes: Any) -> Run:
    """A run of these cases, with what their workers imported beside Python and NumPy."""
    rows = [each for case, own in versions.items() for each in timed(case, versions={**NOW, **own})]
    return run_of(rows, hours, **{"commit": COMMIT, **changes})


def case(name: str, library: Library | None = None) -> Case:
    found = case_of(key(name))
    if library is not None:
        kind = type("Other", (type(found.backend.instance),), {"library": library})
        found = replace(found, backend=replace(found.backend, instance=kind()))
    return found


def made(before: Mapping[str, str], after: Mapping[str, str], of: Case | None = None, **changes: Any) -> Environment:
    """The environment of one case whose versions changed."""
    old, new = (run_with({SKLEARN: each}, **changes) for each in (before, after))
    (environment,) = environments_of(old, new, [of or case(SKLEARN)]).values()
    return environment


# --- what is wanted --------------------------------------------------------------------------------------------------


def test_only_a_case_whose_libraries_changed_needs_an_environment() -> None:
    old = run_with({SKLEARN: {"scikit-learn": "1.5.2"}, STATSMODELS: {"statsmodels": "0.14.4"}})
    new = run_with({SKLEARN: {"scikit-learn": "1.6.0"}, STATSMODELS: {"statsmodels": "0.14.4"}}, 1)
    cases = [case(SKLEARN), case(STATSMODELS)]
    assert environments_of(old, old, cases) == {}
    pins = ("numpy==2.3.0", "scikit-learn==1.5.2")
    name = "default-numpy-2.3.0-scikit-learn-1.5.2"
    assert environments_of(old, new, cases) == {SKLEARN: Environment(name, pins)}
    assert versions_in_words(environments_of(old, new, cases)) == "numpy 2.3.0, scikit-learn 1.5.2"


def test_another_interpreter_is_looked_for_and_another_numpy_concerns_every_case() -> None:
    assert made({"python": "3.11.9"}, {}).python == "3.11.9"
    assert made({"numpy": "1.26.4"}, {}).python is None
    assert made({"numpy": "1.26.4"}, {}).requires == ("numpy==1.26.4",)


def test_what_its_own_environment_held_stays() -> None:
    records = (EnvironmentRecord(name="old", requires=("scipy<1.15",), python="3.12"),)
    of = replace(case(SKLEARN), environment="old")
    old, new = (
        run_of(timed(of.id, versions={**NOW, "scikit-learn": version}), hours, environments=records)
        for hours, version in enumerate(("1.5.2", "1.6.0"))
    )
    (environment,) = environments_of(old, new, [of]).values()
    assert environment.requires == ("scipy<1.15", "numpy==2.3.0", "scikit-learn==1.5.2")
    assert environment.python == "3.12"


@pytest.mark.parametrize(
    ("before", "library", "why"),
    [
        ({"R": "4.2"}, Library("", "R", program=True), "R 4.2, which is no Python package to install"),
        ({"numpy": "1.0"}, Library("/there/mine.py", "mine.py"), "what else mine.py imports is not on record"),
        ({"scikit-learn": "unknown"}, None, "it was measured with scikit-learn unknown: requires: got"),
        ({"scikit-learn": "1.0 --index-url=https://example.org"}, None, "options, variables"),
    ],
)
def test_what_no_environment_can_have_is_said(before: dict[str, str], library: Library | None, why: str) -> None:
    now = dict.fromkeys(before, "9.9")
    with pytest.raises(LinbenchError, match=why):
        made(before, now, case(SKLEARN, library))


# --- and measured ----------------------------------------------------------------------------------------------------


class Nowhere(Stub):
    """An index that has nothing."""

    def resolve(self, folder: Path, requires: Sequence[str], how: InstallOptions) -> list[str]:
        return super().resolve(folder, ["nowhere"], how)


class Measured:
    """Stands for whatever measures, and remembers what it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.places: Mapping[str, Environment] | None = None
        self._nowhere = False
        self.installers: list[Stub] = []
        monkeypatch.setattr(again_module, "measure_revisions", self._revisions)
        monkeypatch.setattr(again_module, "measure_new", lambda suite, store, observer: self._run(suite.cases, 3))
        monkeypatch.setattr(again_module, "resolved", lambda commit, top: commit)
        monkeypatch.setattr(again_module, "cache_folder", lambda: tmp_path)
        monkeypatch.setattr(builder, "installer", self._installer)

    def _installer(self, commands: Commands) -> Stub:
        self.installers.append(Nowhere(commands) if self._nowhere else Stub(commands))
        return self.installers[-1]

    def resolve_nothing(self) -> None:
        """From now on nothing can be installed."""
        self._nowhere = True

    def _run(self, cases: Sequence[Case], hours: float) -> Run:
        return run_of([each for case in cases for each in timed(case.id)], hours)

    def _revisions(self, suite: Any, revisions: Any, *_: Any, places: Any, **__: Any) -> tuple[Run, Run]:
        assert revisions == {"baseline": COMMIT.id, "now": None}
        self.places = places["baseline"]
        return self._run(suite.cases, 2), self._run(suite.cases, 3)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Measured:
    return Measured(monkeypatch, tmp_path)


def measure(old: Run, new: Run, cases: Sequence[str]) -> Again:
    return measure_again(Store(Path()), old, new, cases, Thresholds(), Watcher())


def test_the_baselines_side_gets_its_libraries_built_once(measured: Measured) -> None:
    old = run_with({SKLEARN: {"scikit-learn": "1.5.2"}, NUMPY: {}})
    new = run_with({SKLEARN: {"scikit-learn": "1.6.0"}, NUMPY: {}}, 1)
    for _ in range(2):
        found = measure(old, new, (SKLEARN, NUMPY))
        assert (found.old is not None, found.why) == (True, "")
        assert found.libraries == "numpy 2.3.0, scikit-learn 1.5.2"
        assert measured.places is not None
        assert [*measured.places] == [SKLEARN]
    assert [each.calls for each in measured.installers] == [["create", "resolve", "install"], []]


def test_with_the_same_libraries_nothing_is_built(measured: Measured) -> None:
    runs = [run_with({SKLEARN: {"scikit-learn": "1.6.0"}}, hours) for hours in (0, 1)]
    found = measure(runs[0], runs[1], (SKLEARN,))
    assert found.old is not None
    assert (found.libraries, measured.places, measured.installers) == ("", {}, [])


def test_libraries_that_cannot_be_had_leave_the_new_side_alone_and_it_is_said(measured: Measured) -> None:
    old, new = (
        run_with({SKLEARN: {"scikit-learn": version}}, hours) for hours, version in ((0, "1.5.2"), (1, "1.6.0"))
    )
    measured.resolve_nothing()
    found = measure(old, new, (SKLEARN,))
    assert found.old is None
    assert measured.places is None
    assert found.why == (
        "it was measured with numpy 2.3.0, scikit-learn 1.5.2, and environment "
        "default-numpy-2.3.0-scikit-learn-1.5.2 cannot be built: there is no nowhere"
    )
    both = {SKLEARN: {"scikit-learn": "1.5.2"}, NUMPY: {}}
    found = measure(run_with(both), run_with({**both, SKLEARN: {"scikit-learn": "1.6.0"}}, 1), (SKLEARN, NUMPY))
    assert found.old is not None, "the other case has what it needs"
    assert "cannot be built: there is no nowhere" in found.why
    assert found.libraries == ""


def test_without_its_commit_nothing_is_built(measured: Measured, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(commit: str, top: Path) -> str:
        raise UsageError("no such commit")

    monkeypatch.setattr(again_module, "resolved", absent)
    old, new = (run_with({SKLEARN: {"scikit-learn": version}}) for version in ("1.5.2", "1.6.0"))
    found = measure(old, new, (SKLEARN,))
    assert (found.old, found.why) == (None, "its commit is not available: no such commit")
    assert measured.installers == []


@pytest.mark.usefixtures("measured")
def test_a_check_says_with_which_libraries_it_measured_again() -> None:
    old = run_with({SKLEARN: {"scikit-learn": "1.5.2"}})
    new = run_of(timed(SKLEARN, slowed(1.2), versions={**NOW, "scikit-learn": "1.6.0"}), 1)
    found = check(Store(Path()), new, old, Thresholds(), observer=Watcher())
    assert not found.failing
    assert found.notes[-1] == "the baseline was measured again with its own libraries: numpy 2.3.0, scikit-learn 1.5.2"
