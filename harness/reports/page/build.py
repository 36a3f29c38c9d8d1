"""A run as a page that opens from disk with no network: what failed, the tables, and every plot."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from harness.errors import LinbenchError
from harness.history import Annotation
from harness.records import json_text
from harness.reports.layout.html import breakable, notes_html, table_html
from harness.reports.page.overview import Overview, plots_over_all
from harness.reports.page.whole import whole_folder
from harness.reports.plots import sections as sections_of
from harness.reports.plotting.plot import Section
from harness.reports.plotting.plotly import PLOTLY, THEMES, plotly_script
from harness.reports.static import write as write_images
from harness.results import Run
from harness.units import bytes_text

if TYPE_CHECKING:
    from markupsafe import Markup

P = ParamSpec("P")

ASSETS = ("report.css", "page.js", "tables.js", "plots.js")
IMAGES = "figures"
EARLIER = ("figures.js",)
"""Files that only reports of earlier versions have."""

ESCAPES = {"</": "<\\/", "<!": "\\u003c!", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""JSON escapes for what could end a script element or begin a comment in it (HTML, 13.2.5.4), or end a line of script.
Opening tags are harmless and stay as they are: a page of many plots has tens of thousands.
"""


def build(
    run: Run, folder: Path, runs: Sequence[Path] = (), *, known: Sequence[Annotation] = (), static: bool = False
) -> Path:
    """Write the page of a run with all its files, whole or not at all, and return the page's path.

    The folder is created if needed; an older report in it is replaced. The history covers `runs`, by default only this
    run, and shows the `known` causes of steps. With `static`, every plot is also drawn as PNG and SVG, under
    ``figures/``.

    Raises
    ------
    LinbenchError
        When a library or browser is missing, or the folder cannot be written or holds anything but a report.
    """
    found = sections_of(run, runs or (run.path,), known)
    page = page_text(run, found)
    with whole_folder(folder, ("index.html", PLOTLY, *ASSETS, *EARLIER, IMAGES)) as fresh:
        write_assets(fresh)
        if static:
            write_images(found, fresh / IMAGES)
        (fresh / "index.html").write_text(page, encoding="utf-8")
    return folder / "index.html"


def page_text(run: Run, found: Sequence[Section], *, assets: str = "", home: str = "") -> str:
    """The page of a run as HTML.

    Parameters
    ----------
    assets : str
        Prefix of the names of scripts and styles: ``"../"`` if they are a folder up.
    home : str
        The page over several runs to which this one belongs; empty if there is none.
    """
    overview = Overview(run)
    datasets = overview.datasets(found)
    return render(
        "page.html",
        overview=overview,
        datasets=datasets,
        over_all=plots_over_all(found, [each.title for each in datasets]),
        themes=THEMES,
        assets=assets,
        home=home,
        scripts=(PLOTLY, *(name for name in ASSETS if name.endswith(".js"))),
    )


def render(template: str, **values: object) -> str:
    """A template with these values.

    Raises
    ------
    LinbenchError
        When Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise LinbenchError("the report needs Jinja2; install linbench[report]") from error
    environment = Environment(
        loader=PackageLoader("harness.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters()
    return environment.get_template(template).render(**values)


def write_assets(folder: Path, names: Sequence[str] = ASSETS) -> None:
    """Copy scripts and styles, and Plotly, into a folder."""
    shutil.copyfile(plotly_script(), folder / PLOTLY)
    for name in names:
        (folder / name).write_bytes(files("harness.reports").joinpath("templates", name).read_bytes())


def _json_script(value: Any) -> str:
    """JSON for a ``<script type="application/json">``, without spaces; numbers that are not finite are null."""
    text = json_text(value, spaces=False)
    for unsafe, escape in ESCAPES.items():
        text = text.replace(unsafe, escape)
    return text


def _markup(html: Callable[P, str]) -> Callable[P, Markup]:
    """The same function, with a result that templates do not escape again."""
    from markupsafe import Markup

    def made(*args: P.args, **kwargs: P.kwargs) -> Markup:
        return Markup(html(*args, **kwargs))  # noqa: S704 - each of these functions escapes what it is given

    return made


def filters() -> dict[str, Callable[..., Markup]]:
    """The filters that the templates use besides Jinja's own."""
    return {
        "breakable": _markup(breakable),
        "bytes": _markup(bytes_text),
        "json_script": _markup(_json_script),
        "notes": _markup(notes_html),
        "table": _markup(table_html),
    }
