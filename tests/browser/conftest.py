"""A real browser with the network cut, and a report for it to open."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

SUITE = """
name = "small"
[plan]
seconds = 0.01
[[dataset]]
use = "advertising"
features = ["TV"]
scale = "minmax"
[[dataset]]
use = "synthetic"
n_samples = [200, 400, 800]
n_features = 3
[[backend]]
use = "numpy_lstsq"
[[backend]]
use = "scratch_gd"
learning_rate = 0.1
epochs = 600
[[backend]]
use = "fake_raises"
"""

RUNS = 6
"""In the history."""


def absent(why: str) -> NoReturn:
    """Skip, or fail where the tests must not be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"{why}, and CI is set")
    pytest.skip(why)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's browser; none is ever downloaded."""
    found = next((path for each in BROWSERS if (path := shutil.which(each))), None)
    return found or absent(f"none of {', '.join(BROWSERS)} is installed")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        absent("Playwright is not installed")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield found
        found.close()


@dataclass
class Opened:
    """A page and whatever went wrong in it: errors, and requests beyond its folder."""

    page: Page
    troubles: list[str] = field(default_factory=list)

    def plots(self) -> list[dict[str, Any]]:
        """Every plot, drawn: its id, and how many marks it has."""
        found: list[dict[str, Any]] = self.page.evaluate(DRAW_ALL)
        return found


DRAW_ALL = """async () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const found = [], frame = () => new Promise(requestAnimationFrame);
  for (const plot of document.querySelectorAll(".drawing")) {
    const dataset = plot.closest(".dataset");
    if (dataset && !dataset.matches(".chosen")) location.hash = dataset.id;
    for (let i = 0; i < 60 && !plot.checkVisibility(); i++) await frame();
    plot.scrollIntoView();
    const marks = () => plot.querySelectorAll(".scatterlayer .point, .js-line, .heatmaplayer image").length;
    for (let i = 0; i < 600 && !marks(); i++) await frame();
    found.push({ id: plot.closest(".plot").id, marks: marks() });
  }
  location.hash = document.querySelector(".dataset").id;
  scrollTo(0, 0);
  return found;
}"""

Open = Callable[..., AbstractContextManager[Opened]]


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Open:
    """Open a report's page from disk, in a context of its own."""

    @contextmanager
    def call(folder: Path, **options: Any) -> Iterator[Opened]:
        context = browser.new_context(offline=True, **options)
        page = context.new_page()
        found = Opened(page)
        within = folder.resolve().as_uri() + "/"

        def is_local(request: Request) -> bool:
            return request.url.startswith((within, "data:", "blob:"))

        def judge(request: Request) -> None:
            if not is_local(request):
                found.troubles.append(f"requested {request.url}")

        def route(each: Route) -> None:
            judge(each.request)
            each.continue_() if is_local(each.request) else each.abort()

        def hear(said: ConsoleMessage) -> None:
            if said.type in ("error", "warning"):
                found.troubles.append(said.text)

        context.route("**/*", route)
        page.on("request", judge)
        page.on("pageerror", lambda error: found.troubles.append(f"error: {error}"))
        page.on("console", hear)
        page.on("dialog", lambda dialog: found.troubles.append(f"dialog: {dialog.message}"))
        page.goto((folder / "index.html").resolve().as_uri())
        yield found
        context.close()

    return call


@pytest.fixture(scope="module")
def desktop(opened: Open, report: Path) -> Iterator[Opened]:
    """The report on a wide screen, for tests that leave the page as they found it."""
    with opened(report) as found:
        yield found
        assert found.troubles == []


@pytest.fixture(scope="session")
def call(fake_package: Path, references: Path) -> Callable[..., str]:
    """Run ``linbench`` in a folder; what it says on standard output."""
    path = os.pathsep.join([str(fake_package), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "LINBENCH_CACHE": str(references)}

    def run(folder: Path, *words: str | Path, codes: tuple[int, ...] = (0,)) -> str:
        command = [sys.executable, "-m", "harness", *map(str, words)]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode in codes, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, call: Callable[..., str]) -> Path:
    """The folder of a report over a measured run and its history."""
    home = tmp_path_factory.mktemp("report")
    (home / "small.toml").write_text(SUITE)
    call(home, "run", "small.toml", codes=(3,))
    (measured,) = (home / "results/runs").glob("*.jsonl")
    earlier = [_earlier(measured, days) for days in range(RUNS - 1, 0, -1)]
    return (home / call(home, "report", *earlier, measured).strip()).parent


def _earlier(path: Path, days: int) -> Path:
    """The same run as if it had been made so many days before."""
    first, *lines = path.read_text().splitlines(keepends=True)
    header = json.loads(first)
    started = datetime.fromisoformat(header["started"]) - timedelta(days=days)
    stamp = started.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    header |= {"started": stamp, "run": f"{stamp[:19].replace('-', '').replace(':', '')}Z-small-0000"}
    copy = path.with_name(f"{header['run']}.jsonl")
    copy.write_text("".join([json.dumps(header) + "\n", *lines]))
    return copy
