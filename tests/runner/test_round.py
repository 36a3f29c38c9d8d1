"""The schedule, without a process: an executor answers what is written down, by a clock of its own."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any, ClassVar

import pytest

from harness.config import Case, Suite
from harness.errors import StoreError
from harness.machine import Machine
from harness.passes import Tell, untold
from harness.results import Measurement, RunWriter, Store, load_run
from harness.runner.executor import Failure, Lost
from harness.runner.ongoing import MOST_SAMPLES
from harness.runner.precision import FEWEST_TO_STOP
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Loaded, Opened
from harness.runner.schedule import measure
from tests.support.scripted import DirectLoader, Script, ScriptedExecutor, Watcher, case, suite_of

NO_COMPILER = Failure("missing", "no compiler")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINBENCH_CACHE", str(tmp_path / "cache"))


def begin(tmp_path: Path, suite: Suite) -> RunWriter:
    return Store(tmp_path / "results").create(suite, Machine(), None)


def run(tmp_path: Path, executor: ScriptedExecutor, suite: Suite) -> dict[str, Measurement]:
    """Measurements of a suite's first round, by tag."""
    writer = begin(tmp_path, suite)
    measure(suite, writer, Watcher(), executors=executor, loaders=DirectLoader)
    writer.close()
    return {tag(suite, each): each for each in load_run(writer.path).measurements if each.round == 0}


def tag(suite: Suite, measurement: Measurement) -> str:
    found: str = next(each.backend.instance.tag for each in suite.cases if each.id == measurement.case)
    return found


def cases(tags: str) -> Sequence[Case]:
    return [case(each) for each in tags]


def test_what_is_made_once_per_machine_costs_a_case_none_of_its_limit(tmp_path: Path) -> None:
    executor = ScriptedExecutor(
        {"slow": Script(building=1000.0), "broken": Script("two", failures={"build": [NO_COMPILER]})}
    )
    rows = run(tmp_path, executor, suite_of([case("slow"), case("broken")], limit=60))
    assert rows["slow"].status == "ok"
    assert dict(executor.limits)["slow"] <= 60
    assert (rows["broken"].status, rows["broken"].reason) == ("missing", "no compiler")
    assert ("open", "broken") not in executor.asked


class LoadsInThreads(DirectLoader):
    """Remembers who loaded; where the system ends a process with the thread that started it, that one must live on."""

    threads: ClassVar[list[Thread]] = []

    def load(self, case: Case, files: dict[str, Path], tell: Tell = untold, kept: Path | None = None) -> Loaded:
        self.threads.append(current_thread())
        return super().load(case, files, tell, kept)


class NeedsItsLoader(ScriptedExecutor):
    """Looks whether whoever loaded data is still there when it opens a case."""

    def open(self, case: Case, problem: PreparedProblem, limit: float) -> Opened:
        assert LoadsInThreads.threads
        assert all(each.is_alive() for each in LoadsInThreads.threads)
        return super().open(case, problem, limit)


def test_a_process_that_loads_data_outlives_the_start(tmp_path: Path) -> None:
    suite, executor = suite_of(cases("ab")), NeedsItsLoader({each: Script() for each in "ab"})
    writer = begin(tmp_path, suite)
    measure(suite, writer, Watcher(), executors=executor, loaders=LoadsInThreads)
    writer.close()
    assert [row.status for row in load_run(writer.path).measurements] == ["ok"] * 2


class WaitsForData(ScriptedExecutor):
    """Its workers are not started before somebody has loaded data."""

    loaded = Event()

    def start(self, cases: Sequence[Case]) -> None:
        assert self.loaded.wait(10), "nobody loads data while the workers start"
        super().start(cases)


class Tells(DirectLoader):
    """Says when data were loaded."""

    def load(self, case: Case, files: dict[str, Path], tell: Tell = untold, kept: Path | None = None) -> Loaded:
        WaitsForData.loaded.set()
        return super().load(case, files, tell, kept)


def test_data_are_loaded_while_the_workers_start(tmp_path: Path) -> None:
    suite = suite_of(cases("ab"))
    writer = begin(tmp_path, suite)
    measure(suite, writer, Watcher(), executors=WaitsForData({each: Script() for each in "ab"}), loaders=Tells)
    writer.close()
    assert [row.status for row in load_run(writer.path).measurements] == ["ok"] * 2


def test_what_the_streaming_control_took_is_kept_and_counted(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(stream=(0.002,)), "b": Script(stream=(9.0,))})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    assert rows["a"].stream == (0.002,) * 4
    assert rows["b"].status == "error", "nine seconds did not pass by the harness's clock"
    assert "its clock is wrong" in rows["b"].reason


def test_every_case_is_a_row_with_the_seconds_asked_for(tmp_path: Path) -> None:
    executor = ScriptedExecutor({each: Script() for each in "abc"})
    rows = run(tmp_path, executor, suite_of(cases("abc")))
    for row in rows.values():
        assert row.status == "ok"
        assert sum(row.seconds) == 1.0
        assert len(row.control) == len(row.order) == len(row.seconds) == 4
        assert row.scores["digits"] == 17.0
    assert sorted(i for row in rows.values() for i in row.order) == list(range(12)), (
        "one number per sample of the round"
    )
    assert executor.asked[0] == ("start", "")
    assert executor.asked[-1] == ("end", "")


def test_samples_of_the_cases_of_a_dataset_are_interleaved(tmp_path: Path) -> None:
    executor = ScriptedExecutor({each: Script(seconds=0.01) for each in "ab"})
    run(tmp_path, executor, suite_of(cases("ab")))
    order = [who for kind, who in executor.asked if kind == "sample"]
    assert sum(one != other for one, other in itertools.pairwise(order)) > 20


def test_datasets_are_measured_one_after_the_other(tmp_path: Path) -> None:
    executor = ScriptedExecutor({each: Script() for each in "abcd"})
    run(tmp_path, executor, suite_of([case("a", seed=1), case("b", seed=1), case("c", seed=2), case("d", seed=2)]))
    order = [who in "ab" for kind, who in executor.asked if kind == "sample"]
    assert sum(one != other for one, other in itertools.pairwise(order)) == 1


def test_slow_samples_are_at_least_three_but_not_beyond_four_times_the_seconds(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"slow": Script(seconds=1.2), "slower": Script(seconds=5.0)})
    rows = run(tmp_path, executor, suite_of([case("slow"), case("slower")]))
    assert len(rows["slow"].seconds) == 3
    assert len(rows["slower"].seconds) == 1


def test_fast_samples_are_asked_for_several_at_a_time(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"fast": Script(seconds=1e-5, repeats=200)})
    rows = run(tmp_path, executor, suite_of([case("fast")]))
    assert len(rows["fast"].seconds) / len([kind for kind, _ in executor.asked if kind == "sample"]) > 2


def test_a_refusal_is_a_row_and_the_worker_goes_on(tmp_path: Path) -> None:
    scripts = {"bad": Script(failures={"open": [Failure("unsupported", "use another")]}), "good": Script()}
    executor = ScriptedExecutor(scripts)
    rows = run(tmp_path, executor, suite_of([case("bad"), case("good")]))
    assert (rows["bad"].status, rows["bad"].reason) == ("unsupported", "use another")
    assert rows["good"].status == "ok"
    assert executor.asked.count(("open", "bad")) == 1, "what a method cannot do, it cannot do alone either"
    assert "lose" not in dict(executor.asked)


def test_cases_stranded_by_a_lost_worker_begin_again(tmp_path: Path) -> None:
    lost = Lost("crashed", "gone")
    scripts = {
        "bad": Script(failures={"sample": [None, None, lost, lost]}),
        "neighbour": Script(),
        "elsewhere": Script(worker="two"),
    }
    executor = ScriptedExecutor(scripts)
    rows = run(tmp_path, executor, suite_of([case(each) for each in scripts]))
    assert (rows["bad"].status, rows["bad"].reason, rows["bad"].notes) == ("crashed", "gone", ())
    assert [who for kind, who in executor.asked if kind == "lose"].count("one") == 1
    for name in ("neighbour", "elsewhere"):
        assert rows[name].status == "ok"
        assert sum(rows[name].seconds) == 1.0, "samples of a lost worker are not kept beside those of the next"
    assert executor.asked.count(("open", "elsewhere")) == 1


@pytest.mark.parametrize("failure", [Failure("error", "odd"), Lost("crashed", "odd"), Lost("timeout", "odd")])
def test_what_fails_in_company_alone_is_not_blamed(tmp_path: Path, failure: Failure) -> None:
    executor = ScriptedExecutor({"a": Script(failures={"sample": [None, failure]}), "b": Script()})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    assert rows["a"].status == rows["b"].status == "ok"
    assert rows["a"].notes == (f"{failure.status} beside other cases, not in a process of its own: odd",)
    assert rows["b"].notes == ()
    assert sum(rows["a"].seconds) == 1.0
    assert ("lose", "a's own") in executor.asked, "its own worker ends with it"


def test_a_library_that_was_there_is_not_missing_for_the_next_case(tmp_path: Path) -> None:
    gone = Failure("missing", "No module named 'numpy'; install it")
    executor = ScriptedExecutor({each: Script(failures={"sample": [None, gone]}) for each in "ab"})
    rows = run(tmp_path, executor, suite_of(cases("ab"), seconds=5.0))
    assert {row.status for row in rows.values()} == {"ok"}


def test_a_library_that_was_never_there_is_missing_at_once(tmp_path: Path) -> None:
    gone = Failure("missing", "No module named 'jax'; install it")
    executor = ScriptedExecutor({each: Script(failures={"open": [gone]}) for each in "abc"})
    rows = run(tmp_path, executor, suite_of(cases("abc")))
    assert {row.status for row in rows.values()} == {"missing"}
    assert [kind for kind, _ in executor.asked if kind == "open"] == ["open"] * 3


def test_what_fails_without_company_is_blamed_at_once(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(failures={"sample": [Lost("crashed", "gone")]}), "b": Script(worker="2")})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    assert rows["a"].status == "crashed"
    assert executor.asked.count(("open", "a")) == 1


def test_fits_that_differ_in_company_are_taken_again_alone(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(differing=True), "b": Script()})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    assert not rows["a"].differing_fits
    assert executor.asked.count(("open", "a")) == 2


@pytest.mark.parametrize("kind", ["open", "sample", "close"])
def test_who_changes_shared_state_is_named_and_the_others_begin_again(tmp_path: Path, kind: str) -> None:
    scripts = {"a": Script(changes={kind: "the locale"}), "b": Script(), "c": Script(worker="two")}
    executor = ScriptedExecutor(scripts)
    rows = run(tmp_path, executor, suite_of(cases("abc"), seconds=5.0))
    assert {row.status for row in rows.values()} == {"ok"}
    assert rows["a"].notes == ("changed the locale in its process",)
    assert rows["b"].notes == rows["c"].notes == ()
    assert ("lose", "one") in executor.asked
    assert executor.asked.count(("open", "c")) == 1
    assert sum(rows["b"].seconds) == 5.0


def test_who_may_have_changed_state_is_measured_alone_and_only_who_does_it_again_is_named(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(changes={"sample": "json.dumps"}), "b": Script(), "c": Script()})
    executor.earlier = {"one"}
    rows = run(tmp_path, executor, suite_of(cases("abc"), seconds=5.0))
    assert {row.status for row in rows.values()} == {"ok"}
    assert rows["a"].notes == ("changed json.dumps in its process",)
    assert rows["b"].notes == rows["c"].notes == ()
    assert {sum(row.seconds) for row in rows.values()} == {5.0}


def test_state_changed_by_a_failure_is_seen_too(tmp_path: Path) -> None:
    bad = Script(changes={"open": "the locale"}, failures={"open": [Failure("unsupported", "no")]})
    executor = ScriptedExecutor({"a": bad, "b": Script()})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    assert rows["a"].notes == ("changed the locale in its process",)
    assert ("lose", "one") in executor.asked
    assert rows["b"].status == "ok"


def test_who_disturbed_others_is_alone_in_later_rounds(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(changes={"sample": "the locale"}), "b": Script()})
    suite = suite_of(cases("ab"), rounds=3)
    writer = begin(tmp_path, suite)
    measure(suite, writer, Watcher(), executors=executor, loaders=DirectLoader)
    writer.close()
    assert [who for kind, who in executor.asked if kind == "lose"].count("one") == 1
    notes = [each.notes for each in load_run(writer.path).measurements if tag(suite, each) == "a"]
    assert notes == [("changed the locale in its process",)] * 3


def test_a_plan_can_give_each_case_a_worker_of_its_own(tmp_path: Path) -> None:
    executor = ScriptedExecutor({each: Script(failures={"sample": [Lost("crashed", "x")]}) for each in "ab"})
    rows = run(tmp_path, executor, suite_of(cases("ab"), isolate="case"))
    assert {row.status for row in rows.values()} == {"crashed"}
    assert {who for kind, who in executor.asked if kind == "lose"} == {"a's own", "b's own"}


@pytest.mark.parametrize("kind", ["open", "sample", "close", "descend"])
def test_who_writes_to_the_data_is_an_error_and_the_others_begin_again(tmp_path: Path, kind: str) -> None:
    executor = ScriptedExecutor({"a": Script(writes=kind, iterations=5), "b": Script(worker="two"), "c": Script()})
    rows = run(tmp_path, executor, suite_of([case("a", walks=True), case("b"), case("c")], seconds=5.0))
    assert (rows["a"].status, rows["a"].reason) == ("error", "it wrote to the files that hold the data of all cases")
    for name in "bc":
        assert (rows[name].status, rows[name].scores["digits"], sum(rows[name].seconds)) == ("ok", 17.0, 5.0)


@pytest.mark.parametrize(("clock", "fine"), [(0.9, False), (1.0, True), (2.0, True), (40.0, False)])
def test_a_worker_whose_clock_cannot_be_right_is_an_error(tmp_path: Path, clock: float, fine: bool) -> None:
    executor = ScriptedExecutor({"a": Script(clock=clock), "b": Script(worker="two")})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    assert (rows["a"].status == "ok") == fine
    assert fine or "its clock is wrong" in rows["a"].reason
    assert rows["b"].status == "ok"


@pytest.mark.parametrize(("control", "drifts"), [(0.001, False), (0.0012, False), (0.01, True), (0.0001, True)])
def test_a_control_that_is_another_than_at_first_is_said(tmp_path: Path, control: float, drifts: bool) -> None:
    executor = ScriptedExecutor({"a": Script(control=control)})
    rows = run(tmp_path, executor, suite_of(cases("a"), seconds=3.0))
    assert rows["a"].control_drift == drifts
    assert rows["a"].status == "ok"


def test_samples_are_bounded(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(seconds=1e-6, control=1e-6)})
    rows = run(tmp_path, executor, suite_of(cases("a"), seconds=50.0))
    assert MOST_SAMPLES <= len(rows["a"].seconds) < 2 * MOST_SAMPLES


def test_a_limit_is_what_is_left_and_whole_again_for_a_case_that_begins_again(tmp_path: Path) -> None:
    late: list[Failure | None] = [None, None, *[Lost("timeout", "late")] * 2]
    scripts = {each: Script(seconds=1.0, control=0.0) for each in "ab"}
    scripts["b"].failures["sample"] = late
    executor = ScriptedExecutor(scripts)
    run(tmp_path, executor, suite_of(cases("ab"), seconds=9.0, limit=30.0))
    limits = [limit for who, limit in executor.limits if who == "b"]
    assert limits == [30.0, 29.0, 28.0, 27.0, 30.0, 29.0]
    mine = [limit for who, limit in executor.limits if who == "a"]
    opened = executor.asked.count(("open", "a"))  # once more where the order had it at work when its worker was lost
    assert mine.count(30.0) == opened >= 1, "one of each worker that it was in"
    assert all(a > b or b == 30.0 for a, b in itertools.pairwise(mine))


NOT_A_NUMBER = {"r_squared": float("nan"), "standard_errors": (1.0,)}


@pytest.mark.parametrize(
    "fit", [{"coef": (1.0, 2.0)}, {"coef": ()}, {"coef": (1e308,), "intercept": -1e308}, NOT_A_NUMBER]
)
def test_no_fit_raises_in_the_parent(tmp_path: Path, fit: dict[str, Any]) -> None:
    executor = ScriptedExecutor({"a": Script(fit=fit), "b": Script(worker="two")})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    wrong_shape = len(fit.get("coef", (1.0,))) != 1
    assert rows["a"].status == ("error" if wrong_shape else "ok")
    assert rows["b"].status == "ok"


def test_a_descent_is_recorded_once(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(iterations=3000)})
    suite = suite_of([case("a", walks=True)], rounds=2)
    writer = begin(tmp_path, suite)
    measure(suite, writer, Watcher(), executors=executor, loaders=DirectLoader)
    writer.close()
    first, second = load_run(writer.path).measurements
    assert first.descent is not None
    assert second.descent is None
    assert {1, 500, 2500, 3000} <= set(first.descent.epochs)
    assert len(first.descent.epochs) <= 60
    assert first.descent.coef is not None
    assert first.descent.stopped == ""


def test_no_descent_is_walked_where_none_is_wanted(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(iterations=3000)})
    writer = begin(tmp_path, suite_of([case("a", walks=True)]))
    measure(
        suite_of([case("a", walks=True)]), writer, Watcher(), executors=executor, loaders=DirectLoader, descents=False
    )
    writer.close()
    (only,) = load_run(writer.path).measurements
    assert only.status == "ok"
    assert only.descent is None


@pytest.mark.parametrize("failure", [Failure("error", "on fire"), Lost("timeout", "on fire")])
def test_a_descent_that_fails_costs_only_itself(tmp_path: Path, failure: Failure) -> None:
    executor = ScriptedExecutor({"a": Script(iterations=10, failures={"descend": [failure]}), "b": Script()})
    rows = run(tmp_path, executor, suite_of([case("a", walks=True), case("b")]))
    assert {row.status for row in rows.values()} == {"ok"}
    descent = rows["a"].descent
    assert descent is not None
    assert descent.epochs == ()
    assert "on fire" in descent.stopped
    assert ("lose", "one") in executor.asked or not isinstance(failure, Lost)


def test_an_iterative_backend_that_shows_no_epochs_says_so(tmp_path: Path) -> None:
    executor = ScriptedExecutor({"a": Script(iterations=10), "b": Script()})
    rows = run(tmp_path, executor, suite_of(cases("ab")))
    assert rows["a"].descent is not None
    assert "does not expose" in rows["a"].descent.stopped
    assert rows["b"].descent is None, "a direct method has no epochs"


def test_what_diverged_is_told_which_option_to_lower(tmp_path: Path) -> None:
    fit = {"coef": (float("nan"),), "iterations": 1}
    executor = ScriptedExecutor({"a": Script(fit=fit), "b": Script(fit=fit)})
    rows = run(tmp_path, executor, suite_of([case("a", walks=True), case("b")]))
    assert (
        rows["a"].reason
        == 'the loss blew up after 1 epoch; lower step (it is 1) or scale the data (scale = "standard")'
    )
    assert rows["b"].reason == "the coefficients are not finite after 1 epoch"
    assert rows["a"].status == rows["b"].status == "diverged"


def test_a_resumed_run_measures_what_it_lacks_and_nothing_else(tmp_path: Path) -> None:
    suite = suite_of(cases("abcd"), rounds=2)

    class Interrupts(Watcher):
        def measured(self, measurement: Measurement) -> None:
            super().measured(measurement)
            if len(self.measurements) == 3:
                raise KeyboardInterrupt

    writer = begin(tmp_path, suite)
    first = ScriptedExecutor({each: Script() for each in "abcd"})
    with pytest.raises(KeyboardInterrupt):
        measure(suite, writer, Interrupts(), executors=first, loaders=DirectLoader)
    assert first.asked[-1] == ("end", ""), "no worker outlives the round"
    writer.close()
    resumed = Store(tmp_path / "results").resume(suite)
    assert resumed is not None
    watcher = Watcher()
    measure(
        suite, resumed, watcher, executors=ScriptedExecutor({each: Script() for each in "abcd"}), loaders=DirectLoader
    )
    resumed.close()
    found = load_run(writer.path)
    assert len(watcher.measurements) == 5
    assert len(watcher.plans[0]) == 5
    assert sorted((each.case, each.round) for each in found.measurements) == sorted(
        (each.id, number) for each in suite.cases for number in range(2)
    )
    assert found.finished


def test_a_case_known_well_enough_gets_no_more_rounds(tmp_path: Path) -> None:
    suite = suite_of(cases("ab"), rounds=20, precision=0.5)
    executor = ScriptedExecutor({"a": Script(), "b": Script(failures={"open": [Failure("error", "no")] * 20})})
    writer = begin(tmp_path, suite)
    measure(suite, writer, Watcher(), executors=executor, loaders=DirectLoader)
    writer.close()
    rounds = {tag(suite, each): each.round + 1 for each in load_run(writer.path).measurements}
    assert rounds == {"a": FEWEST_TO_STOP, "b": 20}


def test_data_that_changed_while_a_run_was_interrupted_end_it(tmp_path: Path) -> None:
    suite = suite_of(cases("a"))
    writer = begin(tmp_path, suite)
    executor = ScriptedExecutor({"a": Script()})
    measure(suite, writer, Watcher(), executors=executor, loaders=DirectLoader)
    (known,) = writer.problems.values()
    writer.problems[known.dataset_label, known.dtype] = replace(known, data="other")
    writer.done.clear()
    with pytest.raises(StoreError, match=r"the data of linear.* changed"):
        measure(suite, writer, Watcher(), executors=executor, loaders=DirectLoader)
    writer.close()


def test_a_problem_is_on_record_before_its_first_measurement(tmp_path: Path) -> None:
    suite = suite_of(cases("ab"), rounds=2)
    writer = begin(tmp_path, suite)
    measure(
        suite, writer, Watcher(), executors=ScriptedExecutor({each: Script() for each in "ab"}), loaders=DirectLoader
    )
    writer.close()
    lines = writer.path.read_bytes().splitlines()
    assert lines[1].startswith(b'{"problem":')
    (problem,) = load_run(writer.path).problems
    assert (problem.n_samples, problem.n_features) == (8, 1)
    assert problem.sample is not None
    assert len(problem.sample.y) == 8
