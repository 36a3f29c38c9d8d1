"""Backends that forge, flood, linger and change what they share: each costs its own case alone, by the real command."""

import re
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.results import Measurement, load_run
from tests.conftest import Linbench
from tests.faults.test_backends import wait_for
from tests.support.hostile import INFERENCES, RANKS

Suite = Callable[..., Path]

INNOCENT = ("numpy_lstsq", "fake_honest")


def run(linbench: Linbench, path: Path, code: int = 3) -> dict[str, Measurement]:
    """The measurements of a run, by backend with its options."""
    done = linbench("run", path)
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    (file,) = path.parent.glob("results/runs/*.jsonl")
    found = load_run(file)
    assert found.finished
    return {re.sub(r"^[^/]*/|/cpu/float64$", "", each.case): each for each in found.measurements}


def innocent(rows: dict[str, Measurement]) -> None:
    """They have their right answer, and nothing is said of them."""
    for name in INNOCENT:
        assert (rows[name].status, rows[name].notes) == ("ok", ()), rows[name]
        assert rows[name].scores["digits"] > 13
        assert not rows[name].control_drift


def option(backend: str, name: str, *values: str) -> str:
    listed = ", ".join(f'"{each}"' for each in values)
    return f'use = "{backend}"\n{name} = [{listed}]'


def test_what_is_no_answer_is_an_error_of_its_own_case(linbench: Linbench, suite: Suite) -> None:
    kinds = [*INFERENCES, *RANKS, "late text", "late none"]
    rows = run(linbench, suite(*INNOCENT, option("fake_infers", "kind", *kinds), "fake_surrogates"))
    innocent(rows)
    bad = [row for name, row in rows.items() if name not in INNOCENT]
    assert len(bad) == len(kinds) + 1
    for row in bad:
        assert row.status == "error", row
        assert re.match(r"\w+Error: ", row.reason), row.reason
    assert r"a file called \udcff\udcfe" in rows["fake_surrogates"].reason


def test_what_is_written_to_the_pipe_is_a_crash_of_its_own_case(linbench: Linbench, suite: Suite) -> None:
    words = [r"junk\n", r"[]\n", "half", r"{\"id\": 1, \"answer\": {}}\n", r"{\"id\": 1, \"answer\": null}\n"]
    rows = run(linbench, suite(*INNOCENT, option("fake_forges", "words", *words), plan="limit = 20"))
    innocent(rows)
    assert {row.status for name, row in rows.items() if name not in INNOCENT} == {"crashed"}


def test_endless_words_on_the_pipe_keep_to_the_limit(linbench: Linbench, suite: Suite) -> None:
    rows = run(linbench, suite(*INNOCENT, option("fake_forges", "words", "endless"), plan="limit = 3"))
    innocent(rows)
    assert rows["fake_forges[words=endless]"].status in ("crashed", "timeout")


def test_who_changes_what_all_share_is_named_and_changes_nobody_elses_row(linbench: Linbench, suite: Suite) -> None:
    kinds = {
        "folder": "the working folder", "errors": "NumPy's error state", "lstsq": "numpy.linalg.lstsq",
        "clocks": "time.perf_counter_ns", "control": "numpy.matmul", "thread": "Python threads", "alarm": "alarms",
        "locale": "the locale",
    }  # fmt: skip
    rows = run(linbench, suite(*INNOCENT, option("fake_changes", "kind", *kinds), plan="limit = 20"))
    innocent(rows)
    for kind, words in kinds.items():
        row = rows["fake_changes" if kind == "folder" else f"fake_changes[kind={kind}]"]
        assert words in row.notes[0], row
        assert row.status == "ok" or (kind, row.status) == ("alarm", "crashed"), row
        assert all(each * (row.repeats or 0) >= 2e-3 for each in row.seconds), "no clock but the right one was read"
        assert not row.control_drift


def test_the_fit_that_was_timed_is_the_one_that_is_judged(linbench: Linbench, suite: Suite) -> None:
    rows = run(linbench, suite("fake_rewrites"), code=0)
    assert rows["fake_rewrites"].scores["digits"] > 13
    assert not rows["fake_rewrites"].differing_fits


def test_a_slow_first_call_does_not_make_samples_short(linbench: Linbench, suite: Suite) -> None:
    row = run(linbench, suite("fake_warmsup"), code=0)["fake_warmsup"]
    assert row.repeats is not None
    assert row.repeats > 1
    assert row.first_call is not None
    assert row.first_call > 0.05
    assert min(row.seconds) * row.repeats > 1.999e-3
    assert len(row.seconds) < 20


def test_shared_memory_counts(linbench: Linbench, suite: Suite) -> None:
    rows = run(linbench, suite("fake_honest", "fake_sharesmemory", plan='memory = "400 MiB"\nlimit = 15'))
    assert rows["fake_sharesmemory"].status == "out_of_memory"
    assert rows["fake_honest"].status == "ok"


def test_a_process_that_left_its_family_is_ended_with_it(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    run(linbench, suite(f'use = "fake_escapes"\npid_file = "{pid_file}"'), code=0)
    pid = int(pid_file.read_text())
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, 10)


def test_who_writes_to_the_data_of_all_is_an_error(linbench: Linbench, suite: Suite) -> None:
    rows = run(linbench, suite(*INNOCENT, "fake_writesdata", "scratch_ols"))
    innocent(rows)
    assert rows["fake_writesdata"].status == "error"
    assert "it wrote to the files" in rows["fake_writesdata"].reason
    assert rows["scratch_ols"].status == "ok"


@pytest.mark.parametrize("isolate", ["case", "library"])
def test_isolation_is_a_choice_of_the_plan(linbench: Linbench, suite: Suite, isolate: str) -> None:
    rows = run(linbench, suite(*INNOCENT, plan=f'isolate = "{isolate}"'), code=0)
    innocent(rows)
    assert all(row.first_use for row in rows.values())


def test_isolation_of_another_kind_is_refused(linbench: Linbench, suite: Suite) -> None:
    done = linbench("validate", suite("fake_honest", plan='isolate = "round"'))
    assert done.code == 2
    assert "plan.isolate" in done.err
