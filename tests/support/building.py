"""What the tests of environments share: who watches a build, and what lies in the cache after it."""

from collections.abc import Callable
from pathlib import Path

from harness.environments import Built, Environment, Unbuilt

GOOD = Environment("good", ("scikit-learn==1.0",))


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
