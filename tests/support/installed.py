"""linbench as somebody has it who never saw its repository: built as a wheel, installed into a fresh environment."""

import subprocess
import sys
import sysconfig
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from tests.support.paths import ROOT


def installed(folder: Path) -> Path:
    """The folder of programs of a fresh environment that holds the wheel, and all that the tests' own has beside it.

    No index is asked: what the wheel needs is found in the tests' own environment, whose folder a `.pth` file names.
    Links to checkouts there (editable installs) do not hold through it.
    """
    for needed in ("pip", "hatchling"):
        if PathFinder.find_spec(needed) is None:  # the path alone: setuptools has a finder of its own for pip
            pytest.skip(f"{needed} is not installed, which builds the wheel without a network")
    _call(sys.executable, "-m", "venv", "--without-pip", folder)
    (libraries,) = folder.glob("lib/python*/site-packages")
    (libraries / "beside.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    pip, programs = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"), folder / "bin"
    _call(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    _call(*pip, "--python", programs / "python", "install", "--no-deps", "--no-index", wheel)
    return programs


def _call(*words: str | Path) -> None:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
