"""compare, check, accept and selftest through the real command."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.config import load_suite
from harness.results import load_run
from harness.results.lines import line_of
from harness.timing import CONTROL, PROTOCOL
from tests.conftest import Linbench, Suite, command_in, suite_in
from tests.support.paths import ROOT
from tests.support.runs import measured as made
from tests.support.runs import write_run
from tests.support.wheels import offline_variables, write_wheelhouse

PLAN = "rounds = 6"


Change = Callable[[dict[str, Any]], None]


def edited(source: Path, target: Path, change: Change, *, header: Change = lambda first: None) -> Path:
    """A copy of a run file with its measurements changed, and its first line, under an id of its own."""
    lines = lines_of(source)
    lines[0]["run"] = target.stem
    header(lines[0])
    for line in lines[1:]:
        if "case" in line:
            change(line)
    target.write_bytes(b"".join(map(line_of, lines)))
    return target


def lines_of(path: Path) -> list[dict[str, Any]]:
    """What the lines of a run file hold, without their checksums."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in lines:
        line.pop("crc32", None)
    return lines


@pytest.fixture(scope="module")
def measured_once(tmp_path_factory: pytest.TempPathFactory, command_environment: dict[str, str]) -> Path:
    """The folder of a run that was really measured."""
    folder = tmp_path_factory.mktemp("measured")
    written = suite_in(folder)("scratch_ols", "numpy_lstsq", plan=PLAN)
    done = command_in(folder, command_environment)("run", written)
    assert done.code == 0, done.err
    (path,) = folder.glob("results/runs/*.jsonl")
    calm(path)
    return folder


@pytest.fixture
def measured(measured_once: Path, tmp_path: Path) -> Path:
    """That run, copied to where `linbench` looks for runs."""
    shutil.copytree(measured_once, tmp_path, dirs_exist_ok=True)
    (path,) = tmp_path.glob("results/runs/*.jsonl")
    return path


def calm(path: Path) -> None:
    """Give every round of a case nearly the same times, so that no verdict hangs on how busy the machine is."""
    level: dict[str, tuple[float, float]] = {}

    def even(line: dict[str, Any]) -> None:
        seconds, control = level.setdefault(line["case"], (min(line["seconds"]), min(line["control"])))
        wobble = [1 + 0.002 * ((3 * i + line["round"]) % 5) for i in range(20)]
        line.update(seconds=[seconds * w for w in wobble], control=[control * w for w in reversed(wobble)])
        line.update(cpu_seconds=line["seconds"], order=list(range(20)))

    lines = lines_of(path)
    for line in lines[1:]:
        if "case" in line:
            even(line)
    path.write_bytes(b"".join(map(line_of, lines)))


def test_a_run_is_the_same_as_itself(linbench: Linbench, measured: Path, tmp_path: Path) -> None:
    copy = edited(measured, tmp_path / "copy.jsonl", lambda line: None)
    done = linbench("compare", measured, copy, "--format", "json")
    assert done.code == 0
    assert {case["verdict"] for case in done.json()["cases"]} <= {"same", "undecided"}


def test_a_slowdown_fails_and_says_by_how_much(in_process: Linbench, measured: Path, tmp_path: Path) -> None:
    def slower(line: dict[str, Any]) -> None:
        if "scratch_ols" in line["case"]:
            line["seconds"] = [2 * each for each in line["seconds"]]

    done = in_process("compare", measured, edited(measured, tmp_path / "slow.jsonl", slower), "--format", "json")
    assert done.code == 1
    verdicts = {case["case"].split("/")[1]: case for case in done.json()["cases"]}
    assert verdicts["numpy_lstsq"]["verdict"] in ("same", "undecided")
    (time,) = [each for each in verdicts["scratch_ols"]["judgements"] if each["kind"] == "seconds"]
    assert time["verdict"] == "worse"
    assert time["effect"] == pytest.approx(1.0)
    assert time["low"] < 1 < time["high"]


def test_lost_digits_fail_however_fast(in_process: Linbench, measured: Path, tmp_path: Path) -> None:
    def wrong(line: dict[str, Any]) -> None:
        line["scores"]["digits"] = 3.0
        line["coef"] = [each * 1.001 for each in line["coef"]]
        line["seconds"] = [each / 2 for each in line["seconds"]]

    done = in_process("compare", measured, edited(measured, tmp_path / "wrong.jsonl", wrong))
    assert done.code == 1
    assert "faster, but with fewer correct digits" in done.out


def test_check_without_a_baseline_is_exit_code_4(in_process: Linbench, measured: Path) -> None:
    done = in_process("check")
    assert done.code == 4
    assert "linbench accept" in done.err


def test_accept_then_check(linbench: Linbench, measured: Path, tmp_path: Path) -> None:
    assert linbench("accept").code == 0
    assert (tmp_path / "results/baselines/small.jsonl").read_bytes() == measured.read_bytes()
    assert linbench("check", "--format", "json").code == 0


def test_what_looks_worse_is_measured_again_before_it_fails(
    linbench: Linbench, in_process: Linbench, measured: Path, tmp_path: Path
) -> None:
    """The stored run was slow by accident, as far as anyone can tell: measured afresh it is as it was."""
    baseline = edited(measured, tmp_path / "base.jsonl", lambda line: None)

    def by_accident(line: dict[str, Any]) -> None:
        if "numpy_lstsq" in line["case"]:
            line["seconds"] = [99 * each for each in line["seconds"]]

    slow = edited(measured, tmp_path / "accident.jsonl", by_accident)
    unconfirmed = in_process("check", slow, "--baseline", baseline, "--no-confirm")
    assert unconfirmed.code == 1
    done = linbench("check", slow, "--baseline", baseline, "--format", "json", "--margin", "9")
    assert done.code == 0, done.out
    assert "measured again" in " ".join(done.json()["notes"])
    assert len(list(tmp_path.glob("results/asides/*small-again*.jsonl"))) == 1


def commit_backends(folder: Path, change: Callable[[str], str] = str) -> str:
    """A repository that holds these backends, ``numpy_lstsq`` changed; its commit."""
    kept = ("__init__", "base", "numpy_lstsq", "scratch_ols", "sklearn_ols", "_*")
    (folder / "backends").mkdir()
    for path in (each for name in kept for each in (ROOT / "backends").glob(f"{name}.py")):
        (folder / "backends" / path.name).write_text(
            change(path.read_text()) if path.stem == "numpy_lstsq" else path.read_text()
        )
    who = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    for words in (["init", "-q"], ["add", "backends"], [*who, "commit", "-qm", "backends"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def of_commit(identity: str) -> Change:
    def change(header: dict[str, Any]) -> None:
        header["commit"] = {"id": identity, "time": "2026-01-01T00:00:00Z", "dirty": False}

    return change


def slowed(factor: float) -> Change:
    def change(line: dict[str, Any]) -> None:
        if "numpy_lstsq" in line["case"]:
            line["seconds"] = [factor * each for each in line["seconds"]]

    return change


def test_the_baselines_commit_is_measured_again_beside_the_new_side(
    linbench: Linbench, measured: Path, tmp_path: Path
) -> None:
    """A stored baseline that was fast by luck: its own commit, measured now, is as slow as today's."""
    same = of_commit(commit_backends(tmp_path))
    lucky = edited(measured, tmp_path / "lucky.jsonl", slowed(0.01), header=same)
    assert linbench("check", measured, "--baseline", lucky, "--no-confirm").code == 1
    done = linbench("check", measured, "--baseline", lucky, "--format", "json", "--margin", "0.5")
    assert done.code == 0, done.out
    assert "1 of 2 cases measured again in fresh rounds, both sides" in done.json()["notes"]
    trees = subprocess.run(["git", "worktree", "list"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert len(trees.stdout.splitlines()) == 1


def test_what_the_baselines_commit_still_does_faster_is_worse(linbench: Linbench, suite: Suite, tmp_path: Path) -> None:
    large = 'use = "synthetic"\nn_samples = 20000\nn_features = 20'
    done = linbench("run", suite("numpy_lstsq", plan=PLAN, dataset=large))
    assert done.code == 0, done.err
    (path,) = tmp_path.glob("results/runs/*.jsonl")
    calm(path)
    at_once = "return direct_fit(np.ones(state.X.shape[1] + 1), intercept=True, rank=1)"
    faster = of_commit(commit_backends(tmp_path, lambda text: text.replace("A = with_ones(", f"{at_once}; A = (")))
    base = edited(path, tmp_path / "base.jsonl", slowed(0.001), header=faster)
    done = linbench("check", path, "--baseline", base, "--format", "json")
    assert done.code == 1, done.out + done.err
    (case,) = done.json()["cases"]
    kinds = {each["kind"]: each["verdict"] for each in case["judgements"]}
    assert kinds["seconds"] == "worse"
    assert kinds["digits"] == "same"  # judged by the stored baseline, whatever its commit says today


@pytest.mark.parametrize(
    ("commit", "why"),
    [
        (None, "it was measured outside a repository"),
        ({"id": "0" * 40, "time": "", "dirty": True}, "it was measured with uncommitted changes"),
        ({"id": "0" * 40, "time": "", "dirty": False}, "its commit is not available"),
    ],
)
def test_where_the_old_side_cannot_be_measured_again_it_is_said(
    linbench: Linbench, measured: Path, tmp_path: Path, commit: dict[str, Any] | None, why: str
) -> None:
    lucky = edited(measured, tmp_path / "lucky.jsonl", slowed(0.01), header=lambda first: first.update(commit=commit))
    done = linbench("check", measured, "--baseline", lucky, "--format", "json")
    notes = " ".join(done.json()["notes"])
    assert "the new side alone" in notes
    assert why in notes


def test_libraries_of_the_baseline_that_cannot_be_installed_are_said(
    linbench: Linbench, measured: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    environment.update(offline_variables(tmp_path, tmp_path / "uv"))

    def older(line: dict[str, Any]) -> None:
        slowed(0.01)(line)
        line["versions"]["numpy"] = "1.0.0"

    lucky = edited(measured, tmp_path / "lucky.jsonl", older, header=of_commit(commit_backends(tmp_path)))
    notes = " ".join(linbench("check", measured, "--baseline", lucky, "--format", "json").json()["notes"])
    assert "the new side alone" in notes
    assert "it was measured with numpy 1.0.0, and environment default-numpy-1.0.0 cannot be built: " in notes


@pytest.mark.slow
def test_the_baselines_commit_is_measured_again_with_the_baselines_libraries(
    linbench: Linbench, suite: Suite, tmp_path: Path, environment: dict[str, str]
) -> None:
    """Of a scikit-learn that is but a call of NumPy's, so that today's is truly slower."""
    (tmp_path / "wheels").mkdir()
    write_wheelhouse(tmp_path / "wheels")
    environment.update(offline_variables(tmp_path / "wheels", tmp_path / "uv"))
    done = linbench("run", suite("sklearn_ols", plan="rounds = 4"))
    assert done.code == 0, done.err
    (path,) = tmp_path.glob("results/runs/*.jsonl")
    calm(path)

    def older(line: dict[str, Any]) -> None:
        line["seconds"] = [each / 1000 for each in line["seconds"]]
        line["versions"]["scikit-learn"] = "1.1"

    lucky = edited(path, tmp_path / "lucky.jsonl", older, header=of_commit(commit_backends(tmp_path)))
    done = linbench("check", path, "--baseline", lucky, "--format", "json")
    notes = done.json()["notes"]
    assert "1 of 1 cases measured again in fresh rounds, both sides" in notes
    assert f"the baseline was measured again with its own libraries: numpy {np.__version__}, scikit-learn 1.1" in notes
    assert done.code == 1, done.out
    (aside,) = tmp_path.glob("results/asides/*again*.jsonl")
    versions = {row.case.environment: row.worst.versions["scikit-learn"] for row in load_run(aside).rows}
    assert versions[f"baseline-default-numpy-{np.__version__}-scikit-learn-1.1"] == "1.1"
    assert versions["now"] != "1.1"


def test_a_lost_case_is_gone_and_fails(in_process: Linbench, measured: Path, tmp_path: Path) -> None:
    in_process("accept")
    first, *lines = lines_of(measured)
    first["cases"] = [each for each in first["cases"] if "scratch_ols" in each["case"]]
    less = tmp_path / "less.jsonl"
    left = [line for line in lines if "numpy_lstsq" not in line.get("case", "")]
    less.write_bytes(b"".join(map(line_of, [{**first, "run": less.stem}, *left])))
    done = in_process("check", less, "--no-confirm", "--format", "json")
    assert done.code == 1
    assert {case["case"].split("/")[1]: case["verdict"] for case in done.json()["cases"]}["numpy_lstsq"] == "gone"


def test_an_interrupted_run_is_not_accepted(in_process: Linbench, measured: Path, tmp_path: Path) -> None:
    measured.write_text("".join(f"{line}\n" for line in measured.read_text().splitlines()[:-1]))
    done = in_process("accept")
    assert done.code == 2
    assert "interrupted" in done.err
    assert not (tmp_path / "results/baselines").exists()


def test_a_baseline_of_a_newer_format_is_refused(in_process: Linbench, measured: Path, tmp_path: Path) -> None:
    in_process("accept")
    baseline = tmp_path / "results/baselines/small.jsonl"
    baseline.write_text(baseline.read_text().replace('"linbench": 2', '"linbench": 99', 1))
    done = in_process("check")
    assert done.code == 2
    assert "newer linbench" in done.err


def test_runs_with_nothing_in_common_are_no_silent_same(in_process: Linbench, measured: Path, tmp_path: Path) -> None:
    other = write_run(tmp_path / "results/runs", 0, [made(np.random.default_rng(0))])
    done = in_process("compare", measured, other, "--format", "json")
    assert done.code == 1
    assert {case["verdict"] for case in done.json()["cases"]} == {"gone", "new"}


def test_too_few_rounds_is_never_same(in_process: Linbench, tmp_path: Path) -> None:
    first, second = (write_run(tmp_path, hours, [made(np.random.default_rng(hours))]) for hours in (0, 1))
    done = in_process("compare", first, second, "--format", "json")
    (case,) = done.json()["cases"]
    (time,) = [each for each in case["judgements"] if each["kind"] == "seconds"]
    assert time["verdict"] == "undecided"
    assert "too few rounds" in time["reason"]


def test_selftest_finds_lost_digits_whatever_the_noise(linbench: Linbench) -> None:
    done = linbench("selftest", "--rounds", "3", "--seconds", "0.02")
    lines = done.out.splitlines()
    assert len(lines) == 6
    (digits,) = [line for line in lines if "digits fewer" in line]
    assert digits.startswith("ok")
    assert "worse: 15" in digits


def test_the_committed_baseline_is_of_todays_suite_and_timing() -> None:
    baseline = load_run(ROOT / "results/baselines/default.jsonl")
    assert baseline.finished
    assert [row.case.id for row in baseline.rows] == [case.id for case in load_suite("default").cases]
    assert {len(row.rounds) for row in baseline.rows} == {12}
    assert baseline.header.protocol == PROTOCOL
    assert baseline.header.control == CONTROL
    assert baseline.header.commit is not None
    assert not baseline.header.commit.dirty


def test_a_run_without_an_answer_is_no_baseline_unless_forced(in_process: Linbench, measured: Path) -> None:
    def failed(line: dict[str, Any]) -> None:
        line.update(status="error", reason="it broke", coef=None, intercept=None, scores={}, seconds=[], control=[])

    edited(measured, measured.with_name("broken.jsonl"), failed)
    done = in_process("accept", measured.with_name("broken.jsonl"))
    assert done.code != 0
    assert "no case of it has an answer to compare with (error); --force accepts it" in done.err
    assert in_process("accept", "--force", measured.with_name("broken.jsonl")).code == 0


def test_too_few_rounds_are_said(in_process: Linbench, measured: Path) -> None:
    lines = [line for line in lines_of(measured) if line.get("round", 0) == 0]
    measured.write_bytes(b"".join(map(line_of, lines)))
    done = in_process("accept", measured)
    assert done.code == 0
    assert "1 round over 2 cases: too few for any verdict on a time; it takes --rounds" in done.err


def test_most_times_slower_is_said_first_and_is_no_silent_0(in_process: Linbench, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    cases = [f"linear/b{i}/cpu/float64" for i in range(8)]
    runs = []
    for hours, factor in enumerate((1.0, 1.1)):
        measurements = [made(rng, case, i, seconds=1e-3 * factor, noise=0.004) for case in cases for i in range(12)]
        runs.append(write_run(tmp_path, hours, measurements))
    done = in_process("compare", *runs)
    assert done.code == 4
    assert done.out.startswith("NOT DECIDED: most times are slower, by +10.")
    assert "NOT DECIDED" in done.err


def test_an_expected_slowdown_is_accepted_with_a_reason(in_process: Linbench, measured: Path, tmp_path: Path) -> None:
    def slower(line: dict[str, Any]) -> None:
        if "scratch_ols" in line["case"]:
            line["seconds"] = [2 * each for each in line["seconds"]]

    slow = edited(measured, tmp_path / "slow.jsonl", slower)
    assert in_process("accept", measured).code == 0
    assert in_process("check", slow, "--no-confirm").code == 1
    for words in (("--case", "scratch_ols"), ("--reason", "x"), ("--case", "*", "--reason", "x")):
        assert in_process("accept", slow, *words).code == 2
    slip = in_process("accept", slow, "--case", "scratch_osl", "--reason", "x")
    assert (slip.code, "no case of run slow matches; there " in slip.err) == (2, True)
    assert in_process("accept", slow, "--case", "scratch_ols", "--reason", "exact sums").code == 0
    done = in_process("check", slow, "--no-confirm")
    assert done.code == 0
    assert "accepted: exact sums (slow)" in " ".join(done.out.split())
    assert in_process("accept", measured).code == 0
    assert in_process("check", slow, "--no-confirm").code == 1, "another baseline, and nothing is accepted any more"
