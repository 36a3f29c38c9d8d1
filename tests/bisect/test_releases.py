"""Which releases there are: pip over index pages and folders made by hand, no network."""

import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.tags import sys_tags
from packaging.version import Version

from harness.bisect.releases import parse_range, releases
from harness.environments.installers import has_pip
from harness.errors import LinbenchError, NothingToShow, UsageError

NATIVE = next(iter(sys_tags()))
WHEEL = "fakelib-{}-py3-none-any.whl"
FILES = {
    WHEEL.format("0.9"): "",
    WHEEL.format("1.0"): ' data-requires-python="&gt;=3.8"',
    WHEEL.format("1.1"): ' data-requires-python="&gt;=9.9"',
    WHEEL.format("1.2"): ' data-yanked="wrong results"',
    "fakelib-1.3-cp311-cp311-win_amd64.whl": "",
    WHEEL.format("1.4rc1"): "",
    "fakelib-1.5.tar.gz": "",
    f"fakelib-1.6-{NATIVE}.whl": "",
    "fakelib-1.6.tar.gz": "",
    WHEEL.format("1.10"): "",
    WHEEL.format("1.9.post1"): "",
    WHEEL.format("2.0.dev3"): "",
    WHEEL.format("2.0"): "",
}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No configuration of pip or uv but the test's own."""
    for name in [each for each in os.environ if each.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return monkeypatch


@pytest.fixture
def index(tmp_path: Path, alone: pytest.MonkeyPatch) -> Path:
    """A simple index as pip reads it, in a folder."""
    page = tmp_path / "simple" / "fakelib" / "index.html"
    page.parent.mkdir(parents=True)
    links = "".join(f'<a href="../../files/{name}"{said}>{name}</a>\n' for name, said in FILES.items())
    page.write_text(f"<!DOCTYPE html><html><body>{links}</body></html>")
    alone.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    return tmp_path


def found(text: str, **options: bool) -> list[str]:
    return [str(each) for each in releases(parse_range(text), **options)]


def test_only_what_can_be_installed_here_in_the_order_of_versions(index: Path) -> None:
    """Not what was yanked, what wants another Python, fits another platform, is a pre-release or has no wheel."""
    assert found("fakelib>=1") == ["1.0", "1.6", "1.9.post1", "1.10", "2.0"]


def test_a_source_distribution_and_a_pre_release_when_told(index: Path) -> None:
    assert found("fakelib>=1,<2.0", pre=True, sdist=True) == [
        "1.0", "1.4rc1", "1.5", "1.6", "1.9.post1", "1.10",
    ]  # fmt: skip


def offering(monkeypatch: pytest.MonkeyPatch, *versions: str) -> None:
    """As if pip had been asked and had answered."""
    monkeypatch.setattr("harness.bisect.releases._query_pip", lambda *_: {Version(each) for each in versions})


def test_the_range_is_packagings(monkeypatch: pytest.MonkeyPatch) -> None:
    offering(monkeypatch, "0.8", "0.9", "1.0", "1.6", "1.10rc1", "1.10", "1.9.post1", "2.0")
    assert found("FakeLib[fast]>=0.9,!=1.6,<=1.10") == ["0.9", "1.0", "1.9.post1", "1.10"]


def test_a_folder_without_an_index(tmp_path: Path, alone: pytest.MonkeyPatch) -> None:
    for version in ("1.0", "1.1"):
        (tmp_path / WHEEL.format(version)).touch()
    alone.setenv("PIP_NO_INDEX", "1")
    alone.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert found("fakelib") == ["1.0", "1.1"]


def test_too_few_are_said_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    offering(monkeypatch, "0.9", "1.0", "1.6", "1.10", "2.0", "2.1rc1")
    with pytest.raises(UsageError) as error:
        found("fakelib>=2")
    assert str(error.value) == (
        "fakelib>=2: got 2.0 in the range, wanted at least two releases; pip offers 0.9, 1.0, …, 1.10, 2.0; "
        "--pre includes pre-releases; --sdist includes those without a wheel for this platform"
    )


def test_an_unknown_package_has_pips_reason(index: Path) -> None:
    with pytest.raises(NothingToShow, match="no release found: No matching distribution found for fakelip"):
        found("fakelip>=1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "got ''"),
        ("fake lib", "wanted a package and a range"),
        ("--index-url=x", "wanted a package and a range"),
        ("fakelib>=1; rm -rf x", "wanted a package and a range"),
        ("fakelib>=1; python_version > '3'", "has a marker"),
        ("fakelib @ file:///x", "has a URL"),
        ("./fakelib", "wanted a package and a range"),
        ("fakelib>=one", "wanted a package and a range"),
    ],
)
def test_what_is_no_range_is_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_range(text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def without_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.bisect.releases.has_pip", lambda: False)


def test_to_look_for_pip_replaces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """setuptools warns, and takes distutils away, where its own finder is asked."""
    there = ModuleType("distutils")
    monkeypatch.setitem(sys.modules, "distutils", there)
    assert has_pip() == any((Path(each) / "pip/__init__.py").exists() for each in sys.path)
    assert sys.modules["distutils"] is there


def test_without_pip_uv_lends_it(index: Path, alone: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And where uv installs, it is uv's index that counts."""
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(f'#!/bin/sh\nwhile [ "$1" != -m ]; do shift; done\nexec "{sys.executable}" "$@"\n')
    uv.chmod(0o755)
    alone.setenv("PATH", f"{uv.parent}{os.pathsep}{os.environ['PATH']}")
    alone.setenv("UV_INDEX_URL", os.environ["PIP_INDEX_URL"])
    alone.delenv("PIP_INDEX_URL")
    without_pip(alone)
    assert found("fakelib>=1.6") == ["1.6", "1.9.post1", "1.10", "2.0"]


def test_without_pip_and_uv_there_is_advice(alone: pytest.MonkeyPatch) -> None:
    without_pip(alone)
    alone.setattr(shutil, "which", lambda name, path=None: None)
    with pytest.raises(LinbenchError, match="install pip, or uv"):
        found("fakelib")
