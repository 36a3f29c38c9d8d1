"""Colours that can be told apart, looks that stay, text that does nothing."""

import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.catalog import backend_names
from harness.reports.plotting.axes import bytes_axis, count_axis, seconds_axis, ticks
from harness.reports.plotting.plot import Choice, Plot, Section, shown, slug
from harness.reports.plotting.style import DASHES, LONGEST, NEUTRAL, PALETTE, SYMBOLS, looks, rounded, safe, symbol
from harness.results import Row
from tests.support.runs import key, measured

# Machado, Oliveira & Fernandes, IEEE TVCG 15 (2009), 1291-1298, table of severity 1.0, on linear RGB.
SIGHT = {
    "full": np.eye(3),
    "no long cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no middle cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "no short cones": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Ottosson, "A perceptual color space for image processing" (2020).
TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def linear(colour: str) -> NDArray[np.float64]:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def oklab(colour: str, sight: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = TO_LAB @ np.cbrt(TO_LMS @ np.clip(sight @ linear(colour), 0, 1))
    return found


@pytest.mark.parametrize("sight", SIGHT)
def test_every_two_colours_can_be_told_apart(sight: str) -> None:
    for one, other in combinations(PALETTE, 2):
        distance = np.linalg.norm(oklab(one, SIGHT[sight]) - oklab(other, SIGHT[sight]))
        assert distance >= 0.1, f"{one} and {other}: {distance:.3f}"


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio of relative luminances."""
    high, low = sorted((float(linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("ground", "least"), [("#ffffff", 2.1), ("#0d1117", 3.4)])
def test_colours_stand_out_from_a_light_and_a_dark_ground(ground: str, least: float) -> None:
    assert contrast(NEUTRAL, ground) >= 3
    assert min(contrast(each, ground) for each in PALETTE) >= least


def test_a_backend_looks_the_same_in_every_report() -> None:
    known = backend_names()
    alone = {name: looks([key(f"linear/{name}/cpu/float64")]) for name in known}
    together = looks(key(f"linear/{name}/cpu/float64") for name in reversed(known))
    for name in known:
        assert alone[name][f"linear/{name}/cpu/float64"] == together[f"linear/{name}/cpu/float64"]


def test_no_two_backends_look_alike() -> None:
    found = looks(key(f"linear/{name}/cpu/float64") for name in backend_names()).values()
    assert len({(each.colour, each.symbol, each.dash) for each in found}) == len(backend_names())


def test_options_and_precision_are_told_by_shape_and_dash() -> None:
    cases = [
        f"linear/scratch_ols{option}/cpu/{dtype}"
        for option in ("", "[refine=true]")
        for dtype in ("float32", "float64")
    ]
    found = looks(map(key, cases))
    assert len({each.colour for each in found.values()}) == 1
    assert len({each.symbol for each in found.values()}) == len({each.dash for each in found.values()}) == 4
    assert found[cases[0]].label == "scratch_ols float32"
    again = looks(map(key, [*cases, "pi_line/scratch_ols/cpu/float64"]))
    assert again["pi_line/scratch_ols/cpu/float64"] == again[cases[1]], "the same on every dataset"


@pytest.mark.parametrize(
    ("changes", "tail"),
    [
        ({}, ""),
        ({"status": "diverged"}, "-open"),
        ({"samples": 1}, "-dot"),
        ({"status": "not_converged", "samples": 1}, "-open-dot"),
        ({"status": "missing", "samples": 0}, "-open"),
    ],
)
def test_a_mark_says_how_its_row_went(changes: dict[str, Any], tail: str) -> None:
    case = key("linear/scratch_ols/cpu/float64")
    look = looks([case])[case.id]
    assert symbol(look, Row(case, (measured(np.random.default_rng(0), case.id, **changes),))) == look.symbol + tail


def test_shapes_and_dashes_are_distinct() -> None:
    assert len(set(SYMBOLS)) == len(SYMBOLS)
    assert len(set(DASHES)) == len(DASHES)
    assert DASHES[0] == "solid"


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(codec="utf-8"), max_size=100))
def test_safe_text_has_no_tag_and_no_entity_of_its_own(text: str) -> None:
    found = safe(text)
    assert "<" not in found
    assert ">" not in found
    plain = found.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert plain == (text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")


def test_rounding_keeps_significant_digits_and_gaps() -> None:
    assert rounded([1.23456789e-9, None, 123456.7, 0.0, -1e300]) == [1.2346e-9, None, 123460.0, 0.0, -1e300]


def test_names_of_figures_are_files_names_and_never_the_same() -> None:
    titles = ["A: b/c", "a b c", "", "../../etc/passwd", "<b>"]
    named = Section("x", "X", "", tuple(Plot(title, "") for title in titles)).named()
    names = [name for name, _ in named]
    assert names == ["x-a-b-c", "x-a-b-c-2", "x", "x-etc-passwd", "x-b"]
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert len(slug("a" * 500)) == 80


def test_a_choice_shows_its_traces_and_those_of_none() -> None:
    data = [{"name": name} for name in "abcd"]
    plot = Plot("", "", {"data": data}, choices=(Choice("one", (0, 2)), Choice("two", (1, 2))))
    assert shown(plot, plot.choices[0]) == [True, False, True, True]
    assert shown(plot, plot.choices[1]) == [False, True, True, True]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.floats(1e-9, 1e12), st.floats(1, 1e9))
def test_an_axis_has_a_few_marks_whatever_its_range(low: float, ratio: float) -> None:
    high = low * ratio
    found = ticks(low, high)
    assert found == sorted(set(found))
    assert 1 <= len(found) <= 13
    assert min(found) <= high * (1 + 1e-9)
    assert max(found) >= low * (1 - 1e-9)
    assert any(low / 1.05 <= each <= high * 1.05 for each in found), "one of them is where the points are"


def test_marks_are_round_numbers_in_their_unit() -> None:
    assert seconds_axis([1e-6, 1e-2])["ticktext"] == ["1 µs", "10 µs", "100 µs", "1 ms", "10 ms"]
    assert seconds_axis([0.95e-3, 1.1e-3])["ticktext"] == ["950 µs", "1 ms", "1.05 ms", "1.1 ms"]
    assert seconds_axis([2e-3, 3e-2])["ticktext"] == [
        "1 ms",
        "2 ms",
        "5 ms",
        "10 ms",
        "20 ms",
        "50 ms",
        "100 ms",
        "200 ms",
    ]
    assert bytes_axis([90 * 2**20, 400 * 2**20], "memory")["ticktext"] == ["100 MiB", "200 MiB", "300 MiB", "400 MiB"]
    assert "tickvals" not in seconds_axis([])
    assert count_axis([200, 800], "rows")["ticktext"] == ["200", "400", "600", "800"]
    assert count_axis([0.6, 2000], "epochs")["ticktext"] == ["1", "10", "100", "1,000", "10,000"]
