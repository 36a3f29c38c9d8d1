"""A dataset that goes wrong costs its own cases alone: it is loaded in a process of its own."""

import gzip
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from harness import passes
from harness.config import Case, Component, Plan
from harness.datasets.base import Dataset
from harness.datasets.csv import Csv
from harness.datasets.linear import Linear
from harness.datasets.normal import Normal
from harness.datasets.synthetic import Synthetic
from harness.passes import Tell, untold
from harness.runner.executor import Failure, Lost
from harness.runner.loading import Loader
from harness.runner.problems import ProblemStore
from harness.units import bytes_text
from tests.support.bad_datasets import Bad
from tests.support.paths import ROOT
from tests.support.scripted import DirectLoader, case


def on(dataset: Dataset) -> Case:
    name = type(dataset).__name__.lower()
    return Case(Component(name, dataset), case("a").backend, "cpu", "float64")


@contextmanager
def loading(limit: float, **plan: Any) -> Iterator[Loader]:
    asked = Plan(**{"limit": limit, "memory": 600 * 2**20, **plan})
    with pytest.MonkeyPatch.context() as patch, closing(Loader(asked)) as found:
        patch.setenv("PYTHONPATH", str(ROOT))
        yield found


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    with loading(60) as found:
        yield found


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[ProblemStore]:
    with loading(0.5) as found:
        yield ProblemStore(tmp_path, tmp_path / "references", found)


@pytest.fixture
def problems(loader: Loader, tmp_path: Path) -> ProblemStore:
    return ProblemStore(tmp_path, tmp_path / "references", loader)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("segfault", "crashed", "while loading its data: killed by SIGSEGV"),
        ("exit 0", "crashed", "exited with status 0"),
        ("flood", "out_of_memory", ""),
        ("forge", "crashed", "answer"),
        ("surrogate", "error", r"RuntimeError: a file called \udcff"),
    ],
)
def test_what_a_dataset_does_is_a_failure_and_the_next_is_loaded(
    problems: ProblemStore, fault: str, status: str, words: str
) -> None:
    with pytest.raises(Failure) as caught:
        problems.problem(on(Bad(fault=fault)))
    assert caught.value.status == status
    assert words in caught.value.reason
    assert "\n" not in caught.value.reason
    assert problems.problem(on(Linear())).record.n_samples == 50


def test_a_failure_is_remembered(tmp_path: Path) -> None:
    class Once(DirectLoader):
        def load(self, case: Case, files: dict[str, Path], tell: Tell = untold, kept: Path | None = None) -> NoReturn:
            files["X"].touch(exist_ok=False)
            raise Lost("timeout", "too late")

    problems = ProblemStore(tmp_path, tmp_path, Once())
    for _ in range(2):
        with pytest.raises(Lost, match="too late"):
            problems.problem(on(Linear()))
    assert len([*tmp_path.glob("*-X.npy")]) == 1


def test_a_dataset_that_never_comes_is_a_timeout(impatient: ProblemStore) -> None:
    with pytest.raises(Failure) as caught:
        impatient.problem(on(Bad(fault="hang")))
    assert caught.value.status == "timeout"
    assert caught.value.reason == "loading its data took longer than the plan's limit of 0.5 s"


def test_a_pipe_without_a_writer_ends_within_the_limit(impatient: ProblemStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.csv")
    with pytest.raises(Failure) as caught:
        impatient.problem(on(Csv(path=str(tmp_path / "fifo.csv"), features=("a",), target="b")))
    assert caught.value.status in ("timeout", "error")


def test_a_small_archive_of_a_large_file_passes_no_limit(impatient: ProblemStore, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.csv.gz", "wb", compresslevel=1) as file:
        file.write(b"a,b\n")
        for _ in range(100):
            file.write(b"1.5,2.5\n" * (1 << 17))
    with pytest.raises(Failure) as caught:
        impatient.problem(on(Csv(path=str(tmp_path / "bomb.csv.gz"), features=("a",), target="b")))
    assert caught.value.status in ("timeout", "out_of_memory")


def test_what_is_loaded_elsewhere_is_what_is_loaded_here(loader: Loader, tmp_path: Path) -> None:
    wanted = on(Synthetic(n_samples=40, n_features=3, scale="standard", test_size=0.25))
    (tmp_path / "here").mkdir()
    there = ProblemStore(tmp_path, tmp_path / "a", loader).problem(wanted)
    here = ProblemStore(tmp_path / "here", tmp_path / "b", DirectLoader()).problem(wanted)
    data = wanted.dataset.instance.data("float64")
    assert there.record == here.record
    for mine in (there, here):
        assert np.array_equal(mine.problem.X, data.problem.X)
        assert np.array_equal(mine.problem.y, data.problem.y)
        assert mine.X_test is not None
        assert np.array_equal(mine.X_test, data.X_test)
        assert np.array_equal(mine.scaling.factor, data.scaling.factor)
        assert not mine.problem.X.flags.writeable


@pytest.mark.parametrize("random_state", ["none", 3])
def test_the_rows_kept_back_are_the_same_from_disk(random_state: Any, tmp_path: Path) -> None:
    wanted = on(Normal(n_samples=40, n_features=2, test_size=0.3, random_state=random_state))
    found = ProblemStore(tmp_path, tmp_path / "references", DirectLoader(Plan(data="disk"))).problem(wanted)
    assert found.X_test is not None
    assert np.array_equal(found.X_test, wanted.dataset.instance.data("float64").X_test)


def test_files_that_were_written_to_are_made_again(tmp_path: Path) -> None:
    problems = ProblemStore(tmp_path, tmp_path / "references", DirectLoader())
    first = problems.problem(on(Linear()))
    assert problems.problem(on(Linear())) is first
    assert first.unchanged()
    file = first.files["y"]
    assert file.stat().st_mode & 0o777 == 0o400
    before = file.stat()
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not first.untouched()
    again = problems.problem(on(Linear()))
    assert again is not first
    assert again.record == first.record


def test_every_pass_before_the_first_fit_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "EVERY", 0.0)
    told: list[str] = []
    problems = ProblemStore(tmp_path, tmp_path / "references", DirectLoader(Plan(data="disk")), told.append)
    asked = on(Normal(n_samples=9000, n_features=2, scale="standard", test_size=0.25))
    problems.problem(asked)
    assert [*dict.fromkeys(line.partition(",")[0] for line in told)] == [
        "rows to disk", "ranges of columns", "exact means and deviations", "scaled rows to disk",
        "test rows to disk", "fingerprint", "exact sums", "attainable digits", "checksum",
    ]  # fmt: skip
    assert all(line.endswith(f": {asked.dataset.label}") for line in told)
    assert f"rows to disk, {bytes_text(8 * 9000 * 3)} of {bytes_text(8 * 9000 * 3)}: {asked.dataset.label}" in told


LARGE = Normal(n_samples=1_500_000, n_features=20)
ARRAYS = ("X", "y", "X_test", "y_test")


@pytest.mark.slow
@pytest.mark.parametrize("data", ["disk", "auto"])
def test_data_larger_than_the_memory_are_streamed_to_disk(data: str, tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.npy" for name in ARRAYS}
    with loading(60, memory=200 * 2**20, data=data) as found:
        loaded = found.load(on(LARGE), files)
    X = np.load(files["X"], mmap_mode="r")
    assert X.nbytes > 200 * 2**20
    assert X.shape == (loaded.record.n_samples, 20)
    np.testing.assert_array_equal(X[:8192], Normal(n_samples=8192, n_features=20).table.X)


def test_data_that_must_be_in_memory_may_not_fit_there(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.npy" for name in ARRAYS}
    with loading(60, memory=200 * 2**20, data="memory") as found, pytest.raises(Failure) as failure:
        found.load(on(LARGE), files)
    assert failure.value.status == "out_of_memory"
    assert failure.value.reason.startswith("while loading its data: ")
    assert failure.value.reason.endswith('; set data = "disk" in [plan], or a larger memory')


def test_data_that_are_made_whole_say_so_where_they_do_not_fit(tmp_path: Path) -> None:
    files = {name: tmp_path / f"{name}.npy" for name in ARRAYS}
    whole = Synthetic(n_samples=2_000_000, n_features=20)
    with loading(60, memory=200 * 2**20, data="disk") as found, pytest.raises(Failure) as failure:
        found.load(on(whole), files)
    assert failure.value.status == "out_of_memory"
    assert failure.value.reason.endswith("; synthetic is generated whole, in memory; set a larger memory in [plan]")


def test_the_data_have_the_same_bits_whatever_number_of_threads_the_plan_says(tmp_path: Path) -> None:
    """BLAS with two threads would add up the products of a million rows in another order."""
    wanted, found = on(Synthetic(n_samples=1_000_000, n_features=1)), []
    for threads in (1, 2):
        with loading(60, threads=threads) as loader:
            (tmp_path / str(threads)).mkdir()
            found.append(ProblemStore(tmp_path / str(threads), tmp_path / "references", loader).problem(wanted))
    assert found[0].record == found[1].record
    np.testing.assert_array_equal(found[0].problem.y, found[1].problem.y)
