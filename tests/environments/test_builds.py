"""Environments are built once, whole or not at all, and a worker sees in them what it should."""

import errno
import json
import os
import shutil
import sys
import threading
from pathlib import Path

import psutil
import pytest

from harness.environments import Built, Environment, Unbuilt, build, builder, maker
from harness.environments.commands import BuildFailed, Commands, Stopped
from harness.environments.installers import InstallOptions
from harness.environments.locked_cache import LockedCache
from harness.environments.maker import Maker
from tests.support.building import GOOD, Stub, Watched, left_over, made, python_of


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> list[Stub]:
    """The stub installers that were asked for, in place of real ones."""
    made: list[Stub] = []

    def stub(commands: Commands) -> Stub:
        made.append(Stub(commands))
        return made[-1]

    monkeypatch.setattr(builder, "installer", stub)
    return made


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
    assert json.loads((home / maker.MARKER).read_text())["pins"] == ["numpy", "scikit-learn==1.0", "threadpoolctl"]


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
    assert str(tmp_path / "mine.tar.gz") in json.loads((home / maker.MARKER).read_text())["pins"]


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
    pins = [json.loads((home / maker.MARKER).read_text())["pins"] for home in made(tmp_path)]
    extras = "[more]" if "[more]" in said else ""
    assert {pin.partition(" @ ")[0] for each in pins for pin in each} == {f"mine{extras}", "numpy", "threadpoolctl"}


def test_only_who_is_told_so_builds_from_source(tmp_path: Path, stubs: list[Stub]) -> None:
    build([GOOD, Environment("source", GOOD.requires, sources=True)], tmp_path, Watched())
    assert len(made(tmp_path)) == 2
    assert InstallOptions().for_uv() == InstallOptions().for_pip() == ("--only-binary", ":all:")
    assert InstallOptions(sources=True).for_uv() == InstallOptions(sources=True).for_pip() == ()
    assert InstallOptions(sources=True, direct=True).for_uv() == ("--refresh",)


# Faults while building


@pytest.mark.parametrize("where", ["install", "_write", "folder"])
def test_a_full_disk_leaves_nothing_that_is_used_later(
    where: str, tmp_path: Path, stubs: list[Stub], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target: object = {"install": Stub, "_write": maker, "folder": Path}[where]
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


@pytest.mark.parametrize("lost", [maker.MARKER, "bin/python"])
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
    shop = Maker(LockedCache(tmp_path / "environments", Commands()), Stub(Commands()))
    with shop.cache.lock("4567"):
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
    shops = [Maker(LockedCache(tmp_path, Commands()), stub) for stub in stubs]
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
    shop = Maker(LockedCache(tmp_path, commands), Stub(commands))
    with shop.cache.lock("key"), pytest.raises(Stopped), shop.cache.locked("key", lambda what: commands.stop()):
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
