"""Images of the plots, drawn in a real browser."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from harness.errors import LinbenchError
from harness.reports.plotting.plot import Choice, Plot, Section
from harness.reports.static import FORMATS, WIDTH, images, write
from tests.conftest import Linbench
from tests.support.runs import measured, write_run

pytestmark = pytest.mark.slow

TRACES = [
    {"type": "scatter", "mode": "lines+markers", "name": "a &lt;b&gt;", "x": [1, 2, 3], "y": [3.0, 1.0, None]},
    {"type": "scatter", "mode": "markers", "name": "other", "x": [1, 2], "y": [2, np.nan]},
]
PLAIN = Plot("Plain", "words", {"data": TRACES, "layout": {"height": 300}})
MOVING = Plot(
    "Moving",
    "words",
    {"data": TRACES, "layout": {}, "frames": [
        {"name": "1", "traces": [0], "data": [{"y": [1, 1, 1]}]},
        {"name": "9", "traces": [0], "data": [{"y": [9, 9, 9]}]},
    ]},
)  # fmt: skip
CHOSEN = Plot("Choice", "w", {"data": TRACES, "layout": {}}, choices=(Choice("one", (0,)), Choice("two", (1,))))
NOTHING = Plot("Nothing", "words", why_empty="nothing was measured")
SECTION = Section("all", "All <of> them", "about", (PLAIN, MOVING, CHOSEN, NOTHING))


def test_every_plot_is_an_image_and_every_choice_one_of_its_own() -> None:
    found = {image.name: image.spec for image in images([SECTION])}
    assert list(found) == ["all-plain", "all-moving", "all-choice-01-one", "all-choice-02-two"]
    assert found["all-moving"]["data"][0]["y"] == [9, 9, 9], "an animation stands where it ends"
    assert [trace["name"] for trace in found["all-choice-02-two"]["data"]] == ["other"]
    assert found["all-plain"]["layout"]["title"]["text"] == "All &lt;of&gt; them: Plain"
    assert MOVING.spec["data"][0]["y"] == [3.0, 1.0, None], "the page's own is left as it was"


def test_images_are_drawn(chromium: str, tmp_path: Path) -> None:
    paths = write([Section("all", "All", "about", (PLAIN,))], tmp_path / "figures")
    assert sorted(path.name for path in paths) == ["all-plain.png", "all-plain.svg"]
    layout = next(images([Section("all", "All", "about", (PLAIN,))])).spec["layout"]
    png = (tmp_path / "figures/all-plain.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (WIDTH * FORMATS["png"], layout["height"] * FORMATS["png"])
    drawing = ET.parse(tmp_path / "figures/all-plain.svg").getroot()
    words = "".join(drawing.itertext())
    assert "All: Plain" in words
    assert "a <b>" in words, "the legend's entry, as text"


def test_a_rows_line_and_its_marks_are_one_entry_of_the_legend() -> None:
    line = {"type": "scatter", "mode": "lines", "name": "a", "legendgroup": "a", "x": [1, 2], "y": [1, 2]}
    marks = {**line, "mode": "markers"}
    (image,) = images([Section("all", "All", "about", (Plot("f", "w", {"data": [line, marks], "layout": {}}),))])
    assert [trace.get("showlegend", True) for trace in image.spec["data"]] == [True, False]


def test_the_command_draws_them(chromium: str, call: Callable[..., str], tmp_path: Path) -> None:
    path = write_run(tmp_path / "runs", 0, [measured(np.random.default_rng(0))])
    page = tmp_path / call(tmp_path, "report", path, "--static").strip()
    names = {each.name for each in (page.parent / "figures").iterdir()}
    assert {name.partition("-")[0] for name in names} >= {"speed", "timing"}
    assert {Path(name).stem for name in names if name.endswith(".svg")} == {
        Path(name).stem for name in names if name.endswith(".png")
    }


def test_without_a_browser_it_says_what_to_install(
    linbench: Linbench, suite: Callable[..., Path], environment: dict[str, str], tmp_path: Path
) -> None:
    pytest.importorskip("kaleido")
    linbench("run", suite("numpy_lstsq"))
    environment["BROWSER_PATH"] = os.fspath(tmp_path / "no-browser")
    done = linbench("report", "--static", "--out", tmp_path / "page")
    assert done.code == LinbenchError.exit_code, done.err
    assert "apt-get install chromium" in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not list(tmp_path.glob("*page*")), "nothing half written is left"
