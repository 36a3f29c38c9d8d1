"""Environments are built once, whole or not at all, and a worker sees in them what it should."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import psutil
import pytest

from harness.environments import Built, Environment, Unbuilt, build, builder, workshop
from harness.environments.commands import BuildFailed, Commands, Stopped, reason_in
from harness.environments.installers import How, Pip, Uv, pinned_url
from harness.environments.kept import Kept
from harness.environments.workshop import Workshop
from tests.support.libraries import Library, pure_files
from tests.support.wheels import offline_variables, write_wheelhouse

UV = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
INSTALLERS = [
    pytest.param("uv", marks=pytest.mark.skipif(UV is None, reason="uv is not installed")),
    "pip",
    pytest.param("a pip of its own", marks=pytest.mark.slow),
]
GOOD = Environment("good", ("scikit-learn==1.0",))


class Watched:
    """Hears what is being done, and may answer."""

    def __init__(self, answer: Callable[[str], None] = lambda what: None) -> None:
        self.heard: list[str] = []
        self._answer = answer

    def doing(self, what: str) -> None:
        self.heard.append(what)
        self._answer(what)


class Stub:
    """An installer that makes folders with nothing behind them, and counts.

    The tests of locks, faults and interrupts need no packages; those of the installers themselves are below.
    """

    settings: ClassVar[str] = "NO_SUCH_VARIABLE_"

    def __init__(self, commands: Commands, installing: Callable[[Commands], None] = lambda commands: None) -> None:
        self.calls: list[str] = []
        self._commands = commands
        self._installing = installing

    def create(self, python: Path, folder: Path) -> None:
        self.calls.append("create")
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(python)

    def resolve(self, folder: Path, requires: Sequence[str], how: How) -> list[str]:
        self.calls.append("resolve")
        if any("nowhere" in each for each in requires):
            raise BuildFailed("there is no nowhere")
        return sorted(requires)

    def install(self, folder: Path, pins: Sequence[str], how: How) -> None:
        self.calls.append("install")
        (folder / "half").write_text("half of it")
        self._installing(self._commands)
        (folder / "half").unlink()

    def wheel(self, tree: Path, out: Path, python: Path, *, isolated: bool) -> None:
        self.calls.append("wheel")
        out.mkdir()
        (out / "mine-1.0-py3-none-any.whl").touch()

    def unpack(self, wheel: Path, into: Path, python: Path) -> None:
        self.calls.append("unpack")


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> list[Stub]:
    """The stub installers that were asked for, in place of real ones."""
    made: list[Stub] = []

    def stub(commands: Commands) -> Stub:
        made.append(Stub(commands))
        return made[-1]

    monkeypatch.setattr(builder, "installer", stub)
    return made


def left_over(cache: Path) -> list[Path]:
    return [*(cache / "environments" / "building").glob("*")]


def made(cache: Path) -> list[Path]:
    return [*(cache / "environments" / "made").glob("*")]


def python_of(found: Built | Unbuilt) -> Path:
    assert isinstance(found, Built), found
    return found.python


# What is built, and how often


def test_the_default_is_always_there_and_costs_nothing(tmp_path: Path, stubs: list[Stub]) -> None:
    assert build([], tmp_path, Watched()) == {"default": Built(Path(sys.executable), ())}
    found = build([Environment("again")], tmp_path, Watched())
    assert found["again"] == found["default"]
    assert (stubs, [*tmp_path.iterdir()]) == ([], [])


def test_an_environment_is_built_once_and_asks_no_index_again(tmp_path: Path, stubs: list[Stub]) -> None:
    first = build([GOOD], tmp_path, Watched())
    second = build([GOOD], tmp_path, Watched())
    assert first == second
    assert [each.calls for each in stubs] == [["create", "resolve", "install"], []]
    assert left_over(tmp_path) == []


def test_the_same_packages_are_one_environment_whatever_it_is_called(tmp_path: Path, stubs: list[Stub]) -> None:
    others = [GOOD, Environment("other", GOOD.requires), Environment("spelt", (*GOOD.requires, "numpy"))]
    found = build(others, tmp_path, Watched())
    assert len({python_of(found[each.name]) for each in others}) == 1
    assert stubs[0].calls.count("install") == 1
    (home,) = made(tmp_path)
    assert json.loads((home / workshop.MARKER).read_text())["pins"] == ["numpy", "scikit-learn==1.0", "threadpoolctl"]


def test_other_packages_or_another_index_are_another_environment(
    tmp_path: Path, stubs: list[Stub], monkeypatch: pytest.MonkeyPatch
) -> None:
    build([GOOD, Environment("two", ("scikit-learn==2.0",))], tmp_path, Watched())
    assert len(made(tmp_path)) == 2
    monkeypatch.setenv("NO_SUCH_VARIABLE_INDEX", "https://example.org")
    build([GOOD], tmp_path, Watched())
    assert stubs[1].calls[:2] == ["create", "resolve"]


def test_a_failure_costs_no_other_environment(tmp_path: Path, stubs: list[Stub]) -> None:
    found = build([Environment("bad", ("nowhere",)), GOOD], tmp_path, Watched())
    assert found["bad"] == Unbuilt("missing", "environment bad cannot be built: there is no nowhere")
    assert isinstance(found["good"], Built)
    assert left_over(tmp_path) == []


def test_a_python_that_is_not_installed(tmp_path: Path, stubs: list[Stub]) -> None:
    found = build([Environment("new", python="3.99"), GOOD], tmp_path, Watched())
    assert found["new"] == Unbuilt(
        "missing",
        'environment new cannot be built: no Python 3.99 is installed: install it, or remove python = "3.99"',
    )
    assert isinstance(found["good"], Built)


def test_this_interpreter_is_taken_where_it_is_what_is_asked_for(tmp_path: Path, stubs: list[Stub]) -> None:
    major, minor, patch = sys.version_info[:3]
    found = build(
        [Environment("minor", python=f"{major}.{minor}"), Environment("patch", python=f"{major}.{minor}.{patch}")],
        tmp_path,
        Watched(),
    )
    assert python_of(found["minor"]).resolve() == Path(sys.executable).resolve()
    assert found["minor"] == found["patch"]
    assert isinstance(build([Environment("x", python=f"{major}.{minor}.99")], tmp_path, Watched())["x"], Unbuilt)


def test_what_is_behind_an_archives_path_is_installed_anew_each_time(
    tmp_path: Path, stubs: list[Stub], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.tar.gz").touch()
    mine = Environment("mine", ("./mine.tar.gz",), anything=True)
    for _ in range(2):
        build([mine], tmp_path, Watched())
    assert [each.calls for each in stubs] == [["create", "resolve", "install"]] * 2
    (home,) = made(tmp_path)
    assert str(tmp_path / "mine.tar.gz") in json.loads((home / workshop.MARKER).read_text())["pins"]


@pytest.mark.parametrize("said", ["./mine", "./mine[more]", "mine @ file://{}/mine", "mine[more] @ file://{}/mine"])
def test_a_folder_is_built_once_as_long_as_nothing_in_it_changes(
    said: str, tmp_path: Path, stubs: list[Stub], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    mine = Environment("mine", (said.format(tmp_path),), anything=True)
    for content in ("one", "one", "two"):
        (tmp_path / "mine" / "code.py").write_text(content)
        build([mine], tmp_path, Watched())
    assert [each.calls.count("wheel") for each in stubs] == [1, 0, 1]
    assert [each.calls.count("install") for each in stubs] == [1, 0, 1]
    pins = [json.loads((home / workshop.MARKER).read_text())["pins"] for home in made(tmp_path)]
    extras = "[more]" if "[more]" in said else ""
    assert {pin.partition(" @ ")[0] for each in pins for pin in each} == {f"mine{extras}", "numpy", "threadpoolctl"}


def test_only_who_is_told_so_builds_from_source(tmp_path: Path, stubs: list[Stub]) -> None:
    build([GOOD, Environment("source", GOOD.requires, sources=True)], tmp_path, Watched())
    assert len(made(tmp_path)) == 2
    assert How().for_uv() == How().for_pip() == ("--only-binary", ":all:")
    assert How(sources=True).for_uv() == How(sources=True).for_pip() == ()
    assert How(sources=True, direct=True).for_uv() == ("--refresh",)


# Faults while building


@pytest.mark.parametrize("where", ["install", "_write", "folder"])
def test_a_full_disk_leaves_nothing_that_is_used_later(
    where: str, tmp_path: Path, stubs: list[Stub], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target: object = {"install": Stub, "_write": workshop, "folder": Path}[where]
    with monkeypatch.context() as patched:
        patched.setattr(target, "mkdir" if where == "folder" else where, full)
        found = build([GOOD], tmp_path, Watched())
    reason = "environment good cannot be built: the cache cannot be written: No space left on device"
    assert found["good"] == Unbuilt("missing", reason)
    assert (made(tmp_path), left_over(tmp_path)) == ([], [])
    assert isinstance(build([GOOD], tmp_path, Watched())["good"], Built)


def test_a_full_disk_at_the_links_is_no_traceback(tmp_path: Path, stubs: list[Stub]) -> None:
    build([GOOD], tmp_path, Watched())
    code = tmp_path / "environments" / "code"
    shutil.rmtree(code)
    code.write_text("a file where a folder should be")
    found = build([GOOD], tmp_path, Watched())
    assert isinstance(found["good"], Unbuilt)
    assert "the cache cannot be written" in found["good"].reason


@pytest.mark.parametrize("lost", [workshop.MARKER, "bin/python"])
def test_what_is_not_whole_is_built_again(lost: str, tmp_path: Path, stubs: list[Stub]) -> None:
    build([GOOD], tmp_path, Watched())
    (home,) = made(tmp_path)
    (home / lost).unlink()
    (home / "junk").write_text("")
    build([GOOD], tmp_path, Watched())
    assert stubs[1].calls == ["create", "install"], "what it comes to is remembered"
    assert made(tmp_path) == [home]
    assert (home / lost).exists()
    assert not (home / "junk").exists()


def test_damaged_memory_is_asked_anew(tmp_path: Path, stubs: list[Stub]) -> None:
    build([GOOD], tmp_path, Watched())
    (kept,) = (tmp_path / "environments" / "resolved").glob("*.json")
    for damage in ('["numpy", ', '{"pins": 3}', "[3]"):
        kept.write_text(damage)
        assert isinstance(build([GOOD], tmp_path, Watched())["good"], Built)
        assert stubs[-1].calls == ["create", "resolve"]


def test_what_a_killed_build_left_is_removed_but_not_what_is_under_way(tmp_path: Path, stubs: list[Stub]) -> None:
    building = tmp_path / "environments" / "building"
    for name in ("0123-killed", "4567-alive"):
        (building / name / "environment").mkdir(parents=True)
    shop = Workshop(Kept(tmp_path / "environments", Commands()), Stub(Commands()))
    with shop.kept.lock("4567"):
        build([GOOD], tmp_path, Watched())
        assert [each.name for each in left_over(tmp_path)] == ["4567-alive"]


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE]


def test_ctrl_c_ends_what_is_running_and_leaves_nothing_half_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = threading.Event()

    def long(commands: Commands) -> None:
        started.set()
        commands.run("sleep", "600", cwd=tmp_path)

    def interrupt(what: str) -> None:
        if started.is_set() and children():
            assert what == "building good (installing)"
            raise KeyboardInterrupt

    monkeypatch.setattr(builder, "installer", lambda commands: Stub(commands, long))
    with pytest.raises(KeyboardInterrupt):
        build([GOOD], tmp_path, Watched(interrupt))
    assert children() == []
    assert (made(tmp_path), left_over(tmp_path)) == ([], [])


def test_nothing_is_started_after_a_stop(tmp_path: Path) -> None:
    commands = Commands()
    commands.stop()
    with pytest.raises(Stopped):
        commands.run("true", cwd=tmp_path)


def test_two_that_build_the_same_at_once_build_it_once(tmp_path: Path) -> None:
    waiting = threading.Event()

    def heard(what: str) -> None:
        if what == "waiting for another build of it":
            waiting.set()

    stubs = [Stub(Commands(), lambda commands: None if waiting.wait(60) else pytest.fail("nobody waited"))] * 2
    shops = [Workshop(Kept(tmp_path, Commands()), stub) for stub in stubs]
    homes: list[Path] = []
    threads = [threading.Thread(target=lambda shop=shop: homes.append(shop.home(GOOD, heard))) for shop in shops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(homes) == 2
    assert homes[0] == homes[1]
    assert stubs[0].calls == ["create", "resolve", "install"]


def test_who_waits_for_another_can_be_stopped(tmp_path: Path) -> None:
    commands = Commands()
    shop = Workshop(Kept(tmp_path, commands), Stub(commands))
    with shop.kept.lock("key"), pytest.raises(Stopped), shop.kept.locked("key", lambda what: commands.stop()):
        pytest.fail("it is held by another")


def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.environments.commands.LIMIT", 0.05)
    with pytest.raises(BuildFailed, match="sleep took longer than"):
        Commands().run("sleep", "600", cwd=tmp_path)
    assert children() == []


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="no-such-program cannot be run: No such file"):
        Commands().run("no-such-program", cwd=tmp_path)


def test_no_shell_reads_the_words(tmp_path: Path) -> None:
    assert Commands().run("echo", "$HOME; touch x `touch y`", cwd=tmp_path) == "$HOME; touch x `touch y`\n"
    assert [*tmp_path.iterdir()] == []


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
    pins = [json.loads((home / workshop.MARKER).read_text())["pins"] for home in made(tmp_path)]
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
