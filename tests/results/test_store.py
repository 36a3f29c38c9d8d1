"""The folder of runs: what is in it is found, what is written stays, and no two writers share a file."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import NothingToShow, StoreError
from harness.results import ExplanationRecord, Measurement, ProblemRecord, RunWriter, Store, load_run
from harness.results.merging import merged
from harness.results.writing import content_of
from tests.support.runs import header, rewrite_first_line
from tests.support.suites import case, suite_of

MACHINE = header(0, []).machine
PROBLEM = ProblemRecord(dataset_label="linear", dtype="float64", data="0123abcd", n_samples=20, n_features=1)


def begun(store: Store, name: str = "small", *, aside: bool = False) -> RunWriter:
    return store.create(suite_of(name=name), MACHINE, None, aside=aside)


def measurement(round_: int = 0) -> Measurement:
    return Measurement(case=case().id, round=round_, status="ok", seconds=(1.0,))


def test_runs_are_found_by_path_id_beginning_and_latest(tmp_path: Path) -> None:
    store = Store(tmp_path)
    writer = begun(store)
    writer.close()
    for name in (str(writer.path), writer.path.stem, writer.path.stem[:17], "latest"):
        assert store.find(name) == writer.path
    with pytest.raises(NothingToShow, match="no run 'zzz'"):
        store.find("zzz")
    with pytest.raises(NothingToShow, match="make one with"):
        Store(tmp_path / "empty").find("latest")


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="--results"):
        begun(Store(tmp_path))


def test_what_a_verb_measured_for_itself_is_never_the_latest_run_but_can_be_named(tmp_path: Path) -> None:
    store = Store(tmp_path)
    asked, aside = begun(store), begun(store, "small-again", aside=True)
    asked.close()
    aside.close()
    assert store.find("latest") == asked.path
    assert store.paths() == [asked.path]
    assert store.find(aside.path.stem) == aside.path
    assert store.of_suite("small-again") == [aside.path]
    assert store.of_suite("small") == [asked.path]


def test_a_run_has_its_first_line_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it begins, a run leaves nothing that `latest` could stumble over."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    store = Store(tmp_path)
    with pytest.raises(StoreError, match="No space left"):
        begun(store)
    assert list(store.runs.iterdir()) == []


def test_an_interrupted_run_is_resumed_with_what_it_has(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = begun(store)
    first.append(measurement())
    first.problem(PROBLEM)
    first.close()
    with first.path.open("ab") as file:
        file.write(b'{"case": "half a li')
    again = store.resume(suite_of())
    assert again is not None
    assert again.done == {(case().id, 0)}
    again.append(measurement(1))
    again.finish()
    again.close()
    run = load_run(again.path)
    assert [each.round for each in run.measurements] == [0, 1]
    assert store.resume(suite_of()) is None, "there is nothing left to resume"


def test_a_suite_that_changed_cannot_be_resumed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    begun(store).close()
    with pytest.raises(StoreError, match="the suite has changed"):
        store.resume(suite_of(rounds=7))
    assert store.resume(suite_of(name="another")) is None


def test_two_writers_do_not_share_a_run(tmp_path: Path) -> None:
    """The second one is refused before it has read or cut off anything."""
    store = Store(tmp_path)
    first = begun(store)
    with first.path.open("ab") as file:
        file.write(b'{"case": "being writ')
    content = first.path.read_bytes()
    with pytest.raises(StoreError, match="another process is writing this run"):
        store.resume(suite_of())
    assert first.path.read_bytes() == content
    first.close()


def test_data_that_changed_while_the_run_was_interrupted_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = begun(store)
    first.problem(PROBLEM)
    first.problem(PROBLEM)
    first.close()
    again = store.resume(suite_of())
    assert again is not None
    again.problem(PROBLEM)
    with pytest.raises(StoreError, match="the data of linear changed while the run was interrupted"):
        again.problem(replace(PROBLEM, data="ffff"))
    again.close()
    assert load_run(again.path).problems == (PROBLEM,)


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = begun(Store(tmp_path))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device; free some space, then resume with --resume"):
        writer.append(measurement())
    writer.close()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc", "a/b", "", ".hidden", "a..b", "a\x00b", "a\nb"])
@pytest.mark.parametrize("key", ["run", "suite"])
def test_a_name_from_a_file_cannot_lead_out_of_its_folder(tmp_path: Path, key: str, name: str) -> None:
    writer = begun(Store(tmp_path))
    writer.close()
    rewrite_first_line(writer.path, **{key: name})
    with pytest.raises(StoreError, match="could lead out of its folder"):
        load_run(writer.path)


def test_a_clock_that_was_set_back_is_told(tmp_path: Path) -> None:
    heard: list[str] = []
    store = Store(tmp_path, heard.append)
    for name, written in (("20990101T000000Z-small-0000", 100), ("20260101T000000Z-small-1111", 200)):
        store.runs.mkdir(exist_ok=True, parents=True)
        path = store.runs / f"{name}.jsonl"
        path.write_text("")
        os.utime(path, (written, written))
    assert store.find("latest").stem.startswith("2099")
    assert "20260101T000000Z-small-1111 was written later" in heard[0]
    os.utime(store.runs / "20990101T000000Z-small-0000.jsonl", (300, 300))
    store.find("latest")
    assert len(heard) == 1


def explained(said: str) -> ExplanationRecord:
    return ExplanationRecord(case=case().id, explained="2026-01-01T00:00:00Z", cause="tol=0", said=(said,))


def test_a_finished_run_keeps_the_latest_explanation_of_a_case_and_stays_finished(tmp_path: Path) -> None:
    writer = begun(Store(tmp_path))
    writer.append(measurement())
    writer.finish()
    writer.close()
    for words in ("at first", "at last"):
        later = RunWriter(writer.path)
        later.explanation(explained(words))
        later.close()
    run = load_run(writer.path)
    assert run.finished is not None
    assert [each.said for each in run.explanations] == [("at last",)]
    assert run.record()["explanations"][0]["cause"] == "tol=0"
    copy = tmp_path / f"{run.id}.jsonl"
    copy.write_bytes(content_of(run))
    assert load_run(copy).explanations == run.explanations
    assert merged([run]).explanations == run.explanations
