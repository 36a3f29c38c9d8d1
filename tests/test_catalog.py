"""A broken file or plugin is one line about itself; the rest works."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.catalog import backend_class, backend_names, namesake
from harness.errors import LinbenchError, UnknownName
from harness.judgement import Score


@pytest.fixture
def backends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules are backends too."""
    import backends as package

    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("backends.broken")]:
        del sys.modules[name]
    backend_class.cache_clear()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f(:\n", "backends.broken cannot be imported: broken.py:1: invalid syntax"),
        ("import no_such_thing\n", "cannot be imported: ModuleNotFoundError: No module named 'no_such_thing'"),
        ("raise RuntimeError('boom\\nand more')\n", "cannot be imported: RuntimeError: boom"),
        ("raise RuntimeError\n", "cannot be imported: RuntimeError"),
        ("x = 1\n", "defines these subclasses of Backend: none; wanted exactly one"),
        (
            "from backends.base import Backend\n\nclass Half(Backend):\n    def solve(self, state):\n        ...\n",
            "backends.broken: Half lacks prepare; define it to make a Backend",
        ),
    ],
)
def test_a_broken_backend_is_one_line(backends: Path, code: str, said: str) -> None:
    (backends / "broken.py").write_text(code)
    with pytest.raises(LinbenchError) as caught:
        backend_class("broken")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "broken" in backend_names()
    assert backend_class("numpy_lstsq").__name__ == "NumpyLstsq"


def test_an_unknown_backend_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'scratch_ols'"):
        backend_class("scratch_old")


def test_a_module_holds_what_it_is_named_for() -> None:
    assert namesake("harness.judgement.digits", Score).name == "digits"
    with pytest.raises(LinbenchError, match="defines no Score called 'answer'"):
        namesake("harness.judgement.answer", Score)
