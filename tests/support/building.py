"""What the tests of environments share: who installs and watches, and what lies in the cache afterwards."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from harness.environments import Built, Environment, Unbuilt
from harness.environments.commands import BuildFailed, Commands
from harness.environments.installers import InstallOptions

GOOD = Environment("good", ("scikit-learn==1.0",))


class Stub:
    """An installer that makes folders with nothing behind them, and counts.

    The tests of locks, faults and interrupts need no packages; test_installers.py has those that do.
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

    def resolve(self, folder: Path, requires: Sequence[str], how: InstallOptions) -> list[str]:
        self.calls.append("resolve")
        if any("nowhere" in each for each in requires):
            raise BuildFailed("there is no nowhere")
        return sorted(requires)

    def install(self, folder: Path, pins: Sequence[str], how: InstallOptions) -> None:
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


class Watched:
    """Hears what is being done, and may answer."""

    def __init__(self, answer: Callable[[str], None] = lambda what: None) -> None:
        self.heard: list[str] = []
        self._answer = answer

    def doing(self, what: str) -> None:
        self.heard.append(what)
        self._answer(what)


def left_over(cache: Path) -> list[Path]:
    return [*(cache / "environments" / "building").glob("*")]


def made(cache: Path) -> list[Path]:
    return [*(cache / "environments" / "made").glob("*")]


def python_of(found: Built | Unbuilt) -> Path:
    assert isinstance(found, Built), found
    return found.python
