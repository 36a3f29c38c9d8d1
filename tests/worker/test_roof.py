"""The machine's limits: what is streamed is larger than its caches, and what comes back is what a run file takes."""

from pathlib import Path

import pytest

from harness.machine import Roof
from harness.runner.executor import Failure
from harness.runner.library_worker import LibraryWorker
from harness.runner.roof import measured_roof
from harness.worker.roof import LEAST_STREAM, MOST_STREAM, stream_bytes


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ([], LEAST_STREAM),
        (["32K", "1024K"], LEAST_STREAM),
        (["32K", "32768K"], 4 * 2**25),
        (["48M"], 4 * 48 * 2**20),
        (["500M"], MOST_STREAM),
        (["what", ""], LEAST_STREAM),
    ],
)
def test_an_array_is_four_times_the_largest_cache_within_reason(tmp_path: Path, sizes: list[str], wanted: int) -> None:
    for i, size in enumerate(sizes):
        (tmp_path / f"index{i}").mkdir()
        (tmp_path / f"index{i}/size").write_text(f"{size}\n")
    assert stream_bytes(tmp_path) == wanted


def test_a_worker_measures_them_with_the_threads_of_the_run() -> None:
    roof = measured_roof(1)
    assert roof is not None
    assert roof.threads == 1
    assert set(roof.flops_per_second) == {"float32", "float64"}
    assert all(each > 0 for each in (*roof.flops_per_second.values(), roof.bytes_per_second))


def test_where_they_cannot_be_measured_a_run_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(worker: LibraryWorker) -> Roof:
        raise Failure("out_of_memory", "it is small")

    monkeypatch.setattr(LibraryWorker, "roof", fails)
    assert measured_roof(1) is None
