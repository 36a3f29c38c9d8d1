"""uv and pip as they are: real environments offline, two commits of a library, and their reasons in one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.environments import Built, Environment, Unbuilt, build, builder, maker
from harness.environments.commands import Commands, reason_in
from harness.environments.installers import Pip, Uv, pinned_url
from tests.support.building import GOOD, Watched, left_over, made, python_of
from tests.support.libraries import Library, pure_files
from tests.support.wheels import offline_variables, write_wheelhouse

UV = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
INSTALLERS = [
    pytest.param("uv", marks=pytest.mark.skipif(UV is None, reason="uv is not installed")),
    "pip",
    pytest.param("a pip of its own", marks=pytest.mark.slow),
]


UV_FOUND_NONE = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of x==9 and you require
      x==9, we can conclude that your requirements are unsatisfiable.
"""
PIP_COULD_NOT_BUILD = """\
  error: subprocess-exited-with-error

  × Building wheel for x (pyproject.toml) did not run successfully.
  ╰─> [12 lines of output]
      gcc -c x.c
      x.c:3:1: error: unknown type name 'nonsense'
      error: command '/usr/bin/gcc' failed with exit code 1
  ERROR: Failed building wheel for x
ERROR: Could not build wheels for x
"""
UV_COULD_NOT_BUILD = """\
  × Failed to build `/there/x`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)
      [stderr]
      x.c:3:1: error: unknown type name 'nonsense'
      error: command '/usr/bin/gcc' failed with exit code 1
"""
UV_FOUND_NONE_BRIEFLY = (
    "No solution found when resolving dependencies: Because there is no version of x==9 and you require x==9, "
    "we can conclude that your requirements are unsatisfiable."
)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (UV_FOUND_NONE, UV_FOUND_NONE_BRIEFLY),
        ("error: Failed to fetch: `https://me:secret@example.org/x`\n", "Failed to fetch: `https://example.org/x`"),
        ("WARNING: old\nERROR: Could not find x\nERROR: No matching distribution\n\nnotice", "Could not find x"),
        ("error: Failed to copy /cache/building/0123/lib/x.so: No space", "Failed to copy lib/x.so: No space"),
        ("", ""),
        (PIP_COULD_NOT_BUILD, "Could not build wheels for x: x.c:3:1: error: unknown type name 'nonsense'"),
        (UV_COULD_NOT_BUILD, "x.c:3:1: error: unknown type name 'nonsense'"),
        ("ERROR: File x does not exist.\n      ValueError: no such\n", "File x does not exist.: ValueError: no such"),
    ],
)
def test_an_installers_reason_is_one_line_without_passwords(words: str, reason: str) -> None:
    assert reason_in(words, Path("/cache/building/0123")) == reason


def test_a_long_reason_keeps_its_ends() -> None:
    short = reason_in("ERROR: begin " + "x, " * 1000 + "end", Path("/"))
    assert short.startswith("begin x")
    assert short.endswith("x, end")
    assert len(short) < 410


# Real installers, with wheels written by hand and no index in reach


@pytest.fixture(scope="session")
def offline(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables by which installers take wheels from one folder alone."""
    house = tmp_path_factory.mktemp("wheels")
    write_wheelhouse(house)
    return offline_variables(house, tmp_path_factory.mktemp("uv"))


@pytest.fixture
def real(request: pytest.FixtureRequest, offline: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The installer named by the parameter, offline."""
    for name, value in offline.items():
        monkeypatch.setenv(name, value)
    kind = request.param

    def chosen(commands: Commands) -> Uv | Pip:
        return Uv(str(UV), commands) if kind == "uv" else Pip(commands, ours=kind == "pip")

    monkeypatch.setattr(builder, "installer", chosen)


def said(found: Built | Unbuilt, code: str) -> str:
    """What a program prints in an environment, started as a worker is."""
    assert isinstance(found, Built), found
    done = subprocess.run(
        [found.python, "-P", "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, found.path)), "PYTHONNOUSERSITE": "1"},
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    return done.stdout.strip()


@pytest.mark.parametrize("real", INSTALLERS, indirect=True)
def test_a_real_environment(real: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = build([GOOD, Environment("deep", ("needs-more",))], tmp_path, Watched())

    version = "import sklearn, numpy; print(sklearn.__version__, numpy.__version__)"
    assert said(found["good"], version) == f"1.0 {np.__version__}", "the interpreter works where it was moved to"
    ours = (
        "import importlib.util as u; print([n for n in ('pydantic', 'psutil', 'tests', 'configs') if u.find_spec(n)])"
    )
    assert said(found["good"], ours) == "[]", "nothing of the environment that linbench runs in"
    assert said(found["good"], "import harness.worker, backends.sklearn_ols; print('fine')") == "fine"

    assert isinstance(found["deep"], Unbuilt)
    assert "no-such-package" in found["deep"].reason
    assert len(found["deep"].reason.splitlines()) == 1
    assert left_over(tmp_path) == []

    asked: list[str] = []
    run = Commands.run

    def watched(self: Commands, *words: str | Path, cwd: Path) -> str:
        asked.append(" ".join(map(str, words[:3])))
        return run(self, *words, cwd=cwd)

    monkeypatch.setattr(Commands, "run", watched)
    assert build([GOOD], tmp_path, Watched())["good"] == found["good"]
    assert asked == [f"{sys.executable} -I -c"], "the interpreter is asked what it is, and nothing is installed again"


CODE = "import lib; print(lib.WHICH)"


@pytest.mark.parametrize("real", INSTALLERS, indirect=True)
@pytest.mark.parametrize("below", ["", "python/lib"])
def test_two_commits_are_two_environments_and_leave_the_repository_alone(
    real: None, below: str, tmp_path: Path
) -> None:
    library = Library(tmp_path / "lib")
    one, two = (library.commit(each, pure_files("lib", f"WHICH = {each!r}"), below) for each in ("one", "two"))
    before = library.state()
    part = f"#subdirectory={below}" if below else ""
    url = f"lib @ git+file://{library.path}"
    asked = {"one": f"{url}@{one}{part}", "two": f"{url}@{two}{part}", "main": f"{url}@main{part}"}
    found = build([Environment(name, (text,), anything=True) for name, text in asked.items()], tmp_path, Watched())
    assert {name: said(found[name], CODE) for name in asked} == {"one": "one", "two": "two", "main": "two"}
    assert python_of(found["two"]) == python_of(found["main"]), "a branch is the commit that it is at"
    assert library.state() == before
    pins = [json.loads((home / maker.MARKER).read_text())["pins"] for home in made(tmp_path)]
    assert sorted(any(one in pin for pin in each) for each in pins) == [False, True]


@pytest.mark.parametrize("real", INSTALLERS, indirect=True)
def test_a_checkout_is_built_as_it_is_and_nowhere_near(real: None, tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    library.commit("one", pure_files("lib", "from lib.more import WHICH\n"))
    library.write({"lib/more.py": "WHICH = 'not committed'\n"})
    before = library.state()
    found = build([Environment("here", (str(library.path),), anything=True)], tmp_path / "cache", Watched())
    assert said(found["here"], CODE) == "not committed"
    assert library.state() == before


@pytest.mark.parametrize("real", INSTALLERS, indirect=True)
def test_why_a_library_does_not_build_is_said(real: None, tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    library.commit("one", {**pure_files("lib", ""), "own.py": "raise RuntimeError('no compiler today')\n"})
    found = build([Environment("bad", (str(library.path),), anything=True)], tmp_path / "cache", Watched())["bad"]
    assert isinstance(found, Unbuilt)
    assert "RuntimeError: no compiler today" in found.reason


def test_a_pin_says_what_was_found() -> None:
    git = {"url": "https://x.org/a.git", "subdirectory": "p",
           "vcs_info": {"vcs": "git", "requested_revision": "main", "commit_id": "0123"}}  # fmt: skip
    assert pinned_url(git) == "git+https://x.org/a.git@0123#subdirectory=p"
    archive = {"url": "https://x.org/a.zip", "archive_info": {"hashes": {"sha256": "ab"}}}
    assert pinned_url(archive) == "https://x.org/a.zip#sha256=ab"
    assert pinned_url({"url": "file:///a", "dir_info": {}}) == "file:///a"


def test_other_backends_are_seen_in_place_of_ours_and_our_harness_all_the_same(tmp_path: Path) -> None:
    commit = tmp_path / "commit"
    for package in ("backends", "harness"):
        (commit / package).mkdir(parents=True)
        (commit / package / "__init__.py").write_text(f"OLD = '{package}'\n")
    found = build([Environment("old", backends=commit)], tmp_path / "cache", Watched())
    assert isinstance(found["old"], Built)
    assert found["old"].python == Path(sys.executable)
    code = "import backends, harness; print(backends.OLD, hasattr(harness, 'OLD'))"
    assert said(found["old"], code) == "backends False"


@pytest.mark.parametrize("real", ["uv" if UV else "pip"], indirect=True)
@pytest.mark.slow
def test_another_python(real: None, tmp_path: Path) -> None:
    minor = sys.version_info.minor
    wanted = [Environment(f"3.{minor + later}", python=f"3.{minor + later}") for later in (1, 2)]
    found = build(wanted, tmp_path, Watched())
    built = [each.name for each in wanted if isinstance(found[each.name], Built)]
    if not built:
        pytest.skip("no later Python is installed here")
    for name in built:
        assert said(found[name], "import sys; print(*sys.version_info[:2], sep='.')") == name
