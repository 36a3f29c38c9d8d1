"""A run that was forged, and one that was not: through the command."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.results.lines import line_of
from tests.conftest import Linbench, command_in, suite_in

Line = dict[str, Any]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory, command_environment: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("verified")
    diverges = 'use = "scratch_gd"\nlearning_rate = 1e3'
    command_in(folder, command_environment)("run", suite_in(folder)("numpy_lstsq", "statsmodels_ols", diverges))
    (found,) = folder.glob("results/runs/*.jsonl")
    return found


@pytest.fixture
def forged(honest: Path, tmp_path: Path) -> Callable[[Callable[[Line], object], str], Path]:
    """The run with the lines of one backend changed, its checksums holding."""

    def made(change: Callable[[Line], object], backend: str = "numpy_lstsq") -> Path:
        lines = [json.loads(line) for line in honest.read_text().splitlines()]
        for line in lines:
            del line["crc32"]
            if backend in line.get("case", ""):
                change(line)
        path = tmp_path / honest.name
        path.write_bytes(b"".join(map(line_of, lines)))
        return path

    return made


def test_an_honest_run_holds_packed_or_not(in_process: Linbench, honest: Path, tmp_path: Path) -> None:
    packed = tmp_path / f"{honest.name}.gz"
    with honest.open("rb") as source, gzip.open(packed, "wb") as target:
        shutil.copyfileobj(source, target)
    for path in (honest, packed):
        done = in_process("verify", path)
        assert (done.code, done.err) == (0, "")
        assert "everything holds; 3 of 3 measurements have an answer" in done.out


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("digits", lambda line: line["scores"].update(digits=17.0)),
        ("verdict", lambda line: line["scores"].update(verdict="wrong")),
        ("digits", lambda line: line["coef"].__setitem__(0, line["coef"][0] * (1 + 1e-9))),
        ("coef_original", lambda line: line["coef_original"].__setitem__(0, 7.0)),
        ("data", lambda line: line.update(data="0" * 64)),
        ("coef", lambda line: line.update(coef=[1.0] * 9)),
        ("scores", lambda line: line.update(coef=None)),
        ("status", lambda line: line.update(status="not_converged")),
        ("seconds", lambda line: line["seconds"].__setitem__(0, 0.0)),
        ("own_seconds", lambda line: line.update(own_seconds=[3600.0])),
        ("cpu_seconds", lambda line: line["cpu_seconds"].append(1.0)),
    ],
)
def test_a_forged_run_is_told_where(
    in_process: Linbench, forged: Callable[..., Path], what: str, change: Callable[[Line], object]
) -> None:
    done = in_process("verify", forged(change), "--format", "json")
    assert done.code == 3
    assert what in {each["what"] for each in done.json()["discrepancies"]}
    assert all("numpy_lstsq" in each["case"] for each in done.json()["discrepancies"])
    assert not done.json()["holds"]


def test_standard_errors_are_held_against_the_exact_ones(in_process: Linbench, forged: Callable[..., Path]) -> None:
    path = forged(lambda line: line["scores"].update(standard_error_digits=17.0), "statsmodels_ols")
    done = in_process("verify", path)
    assert done.code == 3
    assert "standard_error_digits" in done.out


def test_what_else_a_library_says_is_held_against_the_exact_numbers(
    in_process: Linbench, forged: Callable[..., Path]
) -> None:
    done = in_process("verify", forged(lambda line: line["statistics"].update(f_value=1.0), "statsmodels_ols"))
    assert done.code == 3
    assert "inference_digits" in done.out


def test_a_file_that_is_no_gzip_is_one_line(in_process: Linbench, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(b"plain")
    done = in_process("verify", tmp_path / "x.jsonl.gz")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "cannot be read" in done.err
