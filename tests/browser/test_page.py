"""The page in a real browser: whole without a network, and usable with a mouse, a keyboard and a thumb."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.reports.page import build
from harness.reports.plotting.plotly import THEMES
from harness.results import load_run
from tests.browser.conftest import Open, Opened
from tests.support.runs import measured, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.slow

ANIMATED = ".chosen .plot:has(.player)"


def test_it_opens_with_the_network_cut_and_every_plot_has_marks(desktop: Opened) -> None:
    plots = desktop.plots()
    empty = desktop.page.locator(".empty")
    assert desktop.troubles == []
    assert {each["id"].split("-")[1] for each in plots} >= {
        "speed", "profiles", "agreement", "convergence", "fit", "scaling", "timing", "history",
    }  # fmt: skip
    assert [each["id"] for each in plots if not each["marks"]] == []
    assert all(words.strip() for words in empty.all_inner_texts()), "what is empty says why"
    assert desktop.page.locator(".drawing").count() == len(plots)


def test_no_button_of_a_plot_sends_its_data_anywhere(desktop: Opened) -> None:
    plot = desktop.page.locator(".chosen [data-kind=speed] .drawing").first
    plot.scroll_into_view_if_needed()
    plot.locator(".modebar-btn").first.wait_for(state="attached")
    labels = plot.locator(".modebar-btn").evaluate_all("(all) => all.map((each) => each.getAttribute('aria-label'))")
    assert labels == ["Download plot", "Zoom in", "Zoom out", "Reset axes"]


def test_a_plot_has_a_name_and_a_summary_in_words(desktop: Opened) -> None:
    plot_box = desktop.page.locator(".chosen [data-kind=speed] figure").first
    plot_box.locator(".main-svg").first.wait_for()
    name, words = (
        desktop.page.locator(f"#{plot_box.get_attribute(each)}") for each in ("aria-labelledby", "aria-describedby")
    )
    assert name.inner_text() == "advertising[scale=minmax]"
    assert "correct digits" in words.inner_text().lower()
    assert plot_box.locator(".main-svg:not([aria-hidden=true])").count() == 0


def test_only_what_is_near_the_window_is_drawn(opened: Open, report: Path) -> None:
    with opened(report) as found:
        found.page.wait_for_load_state("load")
        assert found.page.locator(".chosen [data-kind=history] .drawing .main-svg").count() == 0
        found.page.locator(".chosen [data-kind=history]").scroll_into_view_if_needed()
        found.page.locator(".chosen [data-kind=history] .drawing .main-svg").first.wait_for()


def column(table: Locator, heading: str) -> list[float]:
    """The numbers by which a column is sorted, those that are there."""
    at = table.locator("thead th").all_inner_texts().index(heading)
    keys = [row.locator("> *").nth(at).get_attribute("data-sort") for row in table.locator("tbody tr").all()]
    return [float(key) for key in keys if key]


@pytest.mark.parametrize("press", ["click", "keyboard"])
def test_a_heading_sorts(press: str, desktop: Opened) -> None:
    table = desktop.page.locator(".chosen table.sortable").first
    heading = table.locator("th", has_text="time, median")
    button = heading.locator("button")
    name = heading.inner_text()
    for sign, direction in ((1, "ascending"), (-1, "descending")):
        if press == "click":
            button.click()
        else:
            button.focus()
            desktop.page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == direction
        keys = column(table, name)
        assert len(keys) == 2
        assert keys == sorted(keys, key=lambda key: sign * key)
        assert "fake_raises" in table.locator("tbody tr").last.inner_text(), "what has no number stands last"


def test_the_filter_leaves_the_rows_that_hold_every_word(desktop: Opened) -> None:
    rows = desktop.page.locator(".rows tbody tr")
    total, before = rows.count(), rows.locator("visible=true").count()
    desktop.page.get_by_label("Show only rows with").fill("advertising scratch_gd")
    shown = rows.locator("visible=true")
    assert shown.count() == 1
    assert "scratch_gd" in shown.inner_text()
    assert desktop.page.locator("#shown").inner_text() == f"1 of {total} rows"
    assert desktop.page.locator(".rows").locator("visible=true").locator("h3").all_inner_texts() == [
        "advertising[scale=minmax]"
    ]
    desktop.page.get_by_label("Show only rows with").fill("")
    assert shown.count() == before
    assert desktop.page.locator("#shown").inner_text() == ""


def choose(page: Page, dataset: Locator) -> None:
    """Show this dataset, by its address."""
    page.evaluate("(id) => { location.hash = id; }", dataset.get_attribute("id"))
    page.wait_for_function("(id) => document.getElementById(id).checkVisibility()", arg=dataset.get_attribute("id"))


def visible_datasets(page: Page) -> list[str]:
    return page.locator(".dataset").locator("visible=true").locator("h3").all_inner_texts()


def test_one_dataset_is_shown_at_a_time_by_list_button_key_and_address(opened: Open, report: Path) -> None:
    with opened(report) as found:
        page, names = found.page, found.page.locator(".dataset h3")
        titles = [each.replace("\u200b", "") for each in names.all_text_contents()]
        assert visible_datasets(page) == titles[:1]
        page.locator("#dataset").select_option(index=2)
        page.locator(".dataset").nth(2).wait_for(state="visible")
        assert visible_datasets(page) == titles[2:3]
        page.get_by_role("button", name="Next dataset").click()
        page.locator(".dataset").nth(3).wait_for(state="visible")
        assert visible_datasets(page) == titles[3:4]
        page.locator("h1").click()
        page.keyboard.press("ArrowLeft")
        page.locator(".dataset").nth(2).wait_for(state="visible")
        page.go_back()
        page.locator(".dataset").nth(3).wait_for(state="visible")
        assert visible_datasets(page) == titles[3:4]
        page.go_back()
        page.go_back()
        page.locator(".dataset").first.wait_for(state="visible")
        assert visible_datasets(page) == titles[:1], "the address names none"
        assert found.troubles == []


def test_a_link_to_a_case_shows_its_dataset_and_its_command(opened: Open, report: Path) -> None:
    with opened(report) as found:
        page = found.page
        case = page.locator(".dataset").last.locator("tr[id]").first
        page.goto(f"{page.url}#{case.get_attribute('id')}")
        assert case.is_visible()
        assert "marked" in (case.get_attribute("class") or "")
        command = page.locator(".chosen > .reproduce code").inner_text()
        assert command == case.get_attribute("data-command")
        page.locator(".heat a").first.click()
        page.locator(".dataset").nth(0).wait_for(state="visible")
        assert found.troubles == []


@pytest.mark.parametrize(("button", "first"), [("Copy as Markdown", "| backend"), ("Copy as CSV", "backend")])
def test_a_table_is_copied(button: str, first: str, opened: Open, report: Path) -> None:
    with opened(report, permissions=["clipboard-read", "clipboard-write"]) as found:
        found.page.locator(".chosen").get_by_role("button", name=button).click()
        found.page.get_by_role("button", name="Copied").wait_for()
        copied = found.page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith(first)
        assert "numpy_lstsq" in copied
        assert found.troubles == []


def test_the_first_screen_of_a_phone_says_what_was_found(opened: Open, report: Path) -> None:
    with opened(report, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as found:
        found_first = found.page.locator(".findings li").first
        box = found_first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 400
        assert found.page.locator(".heat").evaluate("(map) => map.scrollWidth") <= 358


LINE = "(plot) => JSON.stringify(plot.data.filter(({name}) => name === 'line now').map(({y}) => y))"


def test_the_animation_plays_and_the_slider_moves_it(desktop: Opened) -> None:
    plot_box = desktop.page.locator(ANIMATED).first
    plot_box.scroll_into_view_if_needed()
    plot, button = plot_box.locator(".drawing"), plot_box.locator(".player button")
    told, slider = plot_box.locator(".player output"), plot_box.locator("input")
    plot.locator(".main-svg").first.wait_for()
    drawn = plot.locator(".scatterlayer .js-line").last.get_attribute("d")
    before, line = told.inner_text(), plot.evaluate(LINE)
    assert before == "epoch 1"
    button.click()
    assert button.inner_text() == "Pause"
    desktop.page.wait_for_function("(told) => Number(told.textContent.split(' ')[1]) > 10", arg=told.element_handle())
    button.click()
    assert button.inner_text() == "Play"
    assert plot.evaluate(LINE) != line
    assert plot.locator(".scatterlayer .js-line").last.get_attribute("d") != drawn
    slider.focus()
    desktop.page.keyboard.press("End")
    assert told.inner_text() == "epoch 600"
    assert slider.get_attribute("aria-valuetext") == "epoch 600"
    desktop.page.wait_for_function(f"(plot) => ({LINE})(plot) !== {line!r}", arg=plot.element_handle())
    assert desktop.troubles == []


def test_a_choice_shows_other_traces_and_the_legend_follows(desktop: Opened) -> None:
    choose(desktop.page, desktop.page.locator(".dataset:has([data-kind=fit] select)").first)
    plot_box = desktop.page.locator(".chosen [data-kind=fit] .plot:has(select)").first
    plot_box.scroll_into_view_if_needed()
    plot_box.locator(".main-svg").first.wait_for()
    visible = "(plot) => plot.data.map(({visible}) => visible !== false)"
    first = plot_box.locator(".drawing").evaluate(visible)
    legend = plot_box.locator(".legend").inner_text()
    plot_box.locator("select").select_option("1")
    assert plot_box.locator(".drawing").evaluate(visible) != first
    assert plot_box.locator(".legend").inner_text() != legend


def test_a_switch_of_the_legend_hides_its_traces(desktop: Opened) -> None:
    plot_box = desktop.page.locator(".chosen [data-kind=speed] .plot").first
    plot_box.scroll_into_view_if_needed()
    plot_box.locator(".main-svg").first.wait_for()
    points = plot_box.locator(".scatterlayer .point")
    before = points.count()
    switch = plot_box.get_by_role("button", name="numpy_lstsq")
    switch.focus()
    desktop.page.keyboard.press("Space")
    assert switch.get_attribute("aria-pressed") == "false"
    assert points.count() == before - 1
    desktop.page.keyboard.press("Space")
    assert points.count() == before


def background(page: Page) -> tuple[str, str]:
    """The paper's colour, of the page and of its first plot."""
    plot = page.locator(".drawing").first
    plot.scroll_into_view_if_needed()
    plot.locator(".main-svg").first.wait_for()
    page_colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return page_colour, plot.evaluate("(plot) => plot._fullLayout.paper_bgcolor")


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_plots_are_as_dark_as_the_page_and_follow_it(opened: Open, report: Path) -> None:
    with opened(report, color_scheme="dark") as found:
        for scheme in ("dark", "light"):
            found.page.emulate_media(color_scheme=scheme)
            paper = THEMES[scheme]["layout"]["paper_bgcolor"]
            found.page.wait_for_function("(paper) => document.querySelector('.drawing').scrollIntoView() || "
                "document.querySelector('.drawing')._fullLayout?.paper_bgcolor === paper", arg=paper)  # fmt: skip
            assert background(found.page) == (rgb(paper), paper)
        assert found.troubles == []


def test_a_phone_scrolls_down_only(opened: Open, report: Path) -> None:
    with opened(report, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as found:
        found.plots()
        assert found.page.evaluate("document.documentElement.scrollWidth") == 390
        assert found.troubles == []


def test_it_prints_with_its_plots_and_without_its_controls(opened: Open, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = write_run(tmp_path / "runs", 0, [measured(rng, f"d/b{i}/cpu/float64") for i in range(3)])
    build(load_run(path), tmp_path / "page")
    with opened(tmp_path / "page", color_scheme="dark") as found:
        plots = found.page.locator(":is(.chosen, [id=profiles], [id=scaling]) .plot:not(details) .drawing")
        assert found.page.locator(".drawing .main-svg").count() < 3 * plots.count()
        found.page.pdf()
        assert found.page.locator(".plot:not(details) .drawing:not(:has(.main-svg))").count() == 0, (
            "all are drawn first"
        )
        found.page.emulate_media(media="print", color_scheme="dark")
        assert not found.page.locator("nav").is_visible()
        assert not found.page.locator("#filter").is_visible()
        assert found.troubles == []


NASTY = "<script>alert(1)</script>"
FORMULA = "=cmd|' /C calc'!A0"


def test_names_that_mean_something_elsewhere_are_text_here(opened: Open, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    datasets = (f"<img src=x onerror=alert(2)>{FORMULA.replace('/', '∕')}", "d")
    backends = (NASTY.replace("/", "∕"), "<b>bold<∕b>")
    lines = [measured(rng, f"{dataset}/{backend}/cpu/float64") for dataset in datasets for backend in backends]
    lines[0] = replace(lines[0], status="error", reason=f"{NASTY} & {FORMULA}", seconds=(), control=(), order=())
    paths = [write_run(tmp_path / "runs", hours, lines) for hours in range(3)]
    build(load_run(paths[-1]), tmp_path / "page", paths)
    with opened(tmp_path / "page") as found:
        found.plots()
        assert found.troubles == []
        assert found.page.locator("img").count() == 0
        assert f"{NASTY} & {FORMULA}" in found.page.locator(".failures").inner_text()
        assert found.page.locator(".legend b, .drawing b").count() == 0
        assert "<b>bold<∕b>" in found.page.locator(".chosen [data-kind=speed] .legend").last.inner_text()
