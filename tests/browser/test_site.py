"""The pages over many runs in a real browser, with the network cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.machine import Machine
from harness.reports.site import build_site
from tests.browser.conftest import Open
from tests.support.runs import measured, write_run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site over three runs of two machines."""
    home = tmp_path_factory.mktemp("site")
    rng = np.random.default_rng(0)
    scores = {"digits": 14.0, "verdict": "best_possible", "measured_in": "standard errors", "error_in_se": 1e-12}
    lines = [measured(rng, f"data{i}/backend{j}/cpu/float64", scores=scores) for i in range(4) for j in range(8)]
    paths = [
        write_run(home / "runs", hours, lines, machine=Machine(id=name, cpu=f"{name} processor", cores=2))
        for hours, name in enumerate(["one", "two", "one"])
    ]
    return build_site(paths, home / "site").parent


@pytest.mark.parametrize("phone", [False, True])
def test_the_first_page_is_whole_and_filters_by_machine(phone: bool, opened: Open, pages: Path) -> None:
    screen = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True} if phone else {}
    with opened(pages, **screen) as found:
        page = found.page
        assert page.locator(".findings li").first.is_visible()
        assert page.locator("tr[data-machine]").locator("visible=true").count() == 3
        page.get_by_label("Machine", exact=True).select_option("two processor, 2 cores (two)")
        assert page.locator("tr[data-machine]").locator("visible=true").count() == 1
        assert "on two processor" in page.locator(".newest").locator("visible=true").inner_text()
        if phone:
            assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert found.troubles == []


def test_from_the_map_to_a_case_and_back_and_to_two_runs_side_by_side(opened: Open, pages: Path) -> None:
    with opened(pages) as found:
        page = found.page
        page.locator(".newest:not([hidden]) .heat a").last.click()
        page.wait_for_url("**/runs/*.html#case-*")
        assert page.locator("tr.marked").is_visible()
        page.locator(".chosen [data-kind=speed] .main-svg").first.wait_for()
        page.get_by_role("link", name="All runs").click()
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**/compare/*.html")
        assert "Case by case" in page.locator("main").inner_text()
        assert found.troubles == []
