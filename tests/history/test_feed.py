"""The steps of a history as an Atom feed, read back by a parser."""

import gzip
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.history import history
from harness.reports.feed import NAMESPACE, atom
from tests.conftest import Linbench
from tests.support.runs import measured, write_run

ATOM = {"a": NAMESPACE}


def stored(folder: Path, runs: int, case: str = "linear/scratch_ols/cpu/float64") -> list[Path]:
    """Hourly runs in whose sixth and later ones half of the digits are lost."""
    rng = np.random.default_rng(0)
    return [
        write_run(folder, i, [measured(rng, case, k, digits=14.0 if i < 5 else 7.0) for k in range(2)])
        for i in range(runs)
    ]


def test_each_step_is_an_entry_that_keeps_its_id(tmp_path: Path) -> None:
    feeds = [ET.fromstring(atom(history(stored(tmp_path / str(runs), runs))).encode()) for runs in (8, 12)]
    for feed in feeds:
        (entry,) = feed.findall("a:entry", ATOM)
        title = entry.findtext("a:title", "", ATOM)
        assert title == "linear/scratch_ols/cpu/float64: digits 14.0 → 7.0"
        assert entry.find("a:category", ATOM).get("term") == "worse"  # type: ignore[union-attr]
        for element in (feed, entry):
            for tag in ("id", "title", "updated"):
                assert element.findtext(f"a:{tag}", "", ATOM), f"section 4.1 of the standard asks for {tag}"
            assert datetime.fromisoformat(element.findtext("a:updated", "", ATOM)).tzinfo
        assert feed.findtext("a:author/a:name", "", ATOM)
    first, second = (feed.findtext("a:entry/a:id", "", ATOM) for feed in feeds)
    assert first == second


@settings(derandomize=True, deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("abc<&>\"'\x1b\u202e]", min_size=1, max_size=12))
def test_any_name_survives_a_parser(tmp_path: Path, name: str) -> None:
    folder = tmp_path / str(abs(hash(name)))
    feed = ET.fromstring(atom(history(stored(folder, 8, f"x/{name}/cpu/float64"))).encode())
    assert "\x1b" not in "".join(feed.itertext())
    assert "\u202e" not in "".join(feed.itertext())


def test_the_command_prints_it(in_process: Linbench, tmp_path: Path) -> None:
    stored(tmp_path / "results/runs", 8)
    done = in_process("history", "--format", "atom", "--results", tmp_path / "results")
    assert done.code == 0, done.err
    assert ET.fromstring(done.out.encode()).tag == f"{{{NAMESPACE}}}feed"
    wrong = in_process("history", "--format", "atmo", "--results", tmp_path / "results")
    assert (wrong.code, "--format" in wrong.err) == (2, True)


def test_the_command_reads_packed_runs_that_are_published(in_process: Linbench, tmp_path: Path) -> None:
    published = tmp_path / "results/published"
    for path in stored(published, 8):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    done = in_process("history", "--format", "atom", "--results", tmp_path / "results")
    assert done.code == 0, done.err
    assert len(ET.fromstring(done.out.encode()).findall("a:entry", ATOM)) == 1
