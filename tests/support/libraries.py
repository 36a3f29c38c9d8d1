"""Repositories of small libraries, made by the tests: pure ones that build themselves, and a compiled one."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BACKEND = '''
"""Builds the wheel of one package with nothing but the standard library, and litters as real tools do."""
import pathlib, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    pathlib.Path("build").mkdir(exist_ok=True)
    stem = f"{NAME}-{VERSION}"
    info = f"{stem}.dist-info"
    files = {str(path): path.read_text() for path in pathlib.Path(NAME).rglob("*.py")}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files[f"{info}/RECORD"] = "".join(f"{name},,\\n" for name in [*files, f"{info}/RECORD"])
    name = f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(wheel_directory, name), "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name
'''

PROJECT = """
[build-system]
requires = []
build-backend = "own"
backend-path = ["."]
[project]
name = "{name}"
version = "{version}"
"""


def pure_files(name: str, code: str, version: str = "1.0") -> dict[str, str]:
    """A library of one module, which builds itself from these files."""
    return {
        "pyproject.toml": PROJECT.format(name=name, version=version),
        "own.py": f"NAME, VERSION = {name!r}, {version!r}\n{BACKEND}",
        f"{name}/__init__.py": code,
    }


class Library:
    """A git repository of a library."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        who = {f"GIT_{role}_{what}": "one" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        when = {f"GIT_{role}_DATE": "2026-01-02T03:04:05+00:00" for role in ("AUTHOR", "COMMITTER")}
        command = ("git", "-C", str(self.path), *words)
        return subprocess.run(
            command, env={**os.environ, **own, **who, **when}, capture_output=True, text=True, check=True
        ).stdout.strip()

    def write(self, files: Mapping[str, str], below: str = "") -> None:
        for name, text in files.items():
            path = self.path / below / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, subject: str, files: Mapping[str, str] | None = None, below: str = "") -> str:
        """A commit of these files, by its id."""
        self.write(files or {}, below)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", subject)
        return self.git("rev-parse", "HEAD")

    def state(self) -> dict[str, object]:
        """Everything that a build must leave as it was."""
        files = {str(path): path.read_bytes() for path in self.path.rglob("*") if path.is_file()}
        return {**files, "folders": sorted(str(path) for path in self.path.rglob("*") if path.is_dir())}


SOLVER = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *work(PyObject *self, PyObject *args) {
    long n;
    volatile double x = 1.0;
    if (!PyArg_ParseTuple(args, "l", &n)) return NULL;
    for (long i = 0; i < n; i++) x = x * 1.0000001;
    return PyFloat_FromDouble(x);
}

static PyObject *keep(PyObject *self, PyObject *args) {
    double x;
    if (!PyArg_ParseTuple(args, "d", &x)) return NULL;
    return PyFloat_FromDouble((PRECISION)x);
}

static PyMethodDef methods[] = {{"work", work, METH_VARARGS, ""}, {"keep", keep, METH_VARARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_solver", "", -1, methods};
PyMODINIT_FUNC PyInit__solver(void) { return PyModule_Create(&module); }
"""
"""An extension that takes as long as it is told, and keeps a number in some precision."""

CALLING = """
import numpy as np
from sklearn._solver import keep, work

class LinearRegression:
    def __init__(self, fit_intercept=True):
        self.fit_intercept = fit_intercept

    def fit(self, X, y):
        X0, y0 = (X.mean(axis=0), y.mean()) if self.fit_intercept else (np.zeros(X.shape[1]), 0.0)
        coef, _, self.rank_, _ = np.linalg.lstsq(X - X0, y - y0, rcond=None)
        self.coef_ = np.array([keep(each) for each in coef])
        self.intercept_ = y0 - X0 @ self.coef_
        work(STEPS)
        return self
"""

SETUP = """
from setuptools import Extension, setup
solver = Extension("sklearn._solver", ["solver.c"])
setup(name="scikit-learn", version="1.0", packages=["sklearn"], ext_modules=[solver])
"""


def compiled_files(*, precision: str = "double", steps: int = 400_000, builds: bool = True) -> dict[str, str]:
    """As much of scikit-learn as its backend asks for, with an extension in C that setuptools builds."""
    return {
        "setup.py": SETUP,
        "solver.c": SOLVER.replace("PRECISION", precision) + ("" if builds else "nonsense\n"),
        "sklearn/__init__.py": "__version__ = '1.0'\n",
        "sklearn/linear_model.py": CALLING.replace("STEPS", str(steps)),
    }


class Stream:
    """Many commits at once, through `git fast-import`; marks count from 1."""

    def __init__(self) -> None:
        self.count = 0
        self._text: list[str] = []

    def commit(self, subject: str, files: Mapping[str, str], *parents: int, branch: str = "main") -> int:
        self.count += 1
        who = f"one <one@example.org> {1_700_000_000 + 3600 * self.count} +0100"
        lines = [f"commit refs/heads/{branch}", f"mark :{self.count}", f"author {who}", f"committer {who}"]
        lines += [f"data {len(subject.encode())}", subject]
        lines += [f"{'merge' if i else 'from'} :{parent}" for i, parent in enumerate(parents)]
        for path, text in files.items():
            lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
        self._text += [*lines, ""]
        return self.count

    def write(self, library: Library) -> None:
        command = ["git", "-C", str(library.path), "fast-import", "--quiet"]
        subprocess.run(command, input="\n".join(self._text).encode(), check=True, capture_output=True)
        library.git("reset", "--quiet", "--hard", "main")


def sixty_commits(library: Library) -> dict[str, str]:
    """Sixty commits of the compiled library: what each of interest is called, and its id.

    The 21st is 4 % slower; the 31st, 32nd and 46th do not build; the 49th to 52nd stand on a branch, the third of
    which loses digits, and the 56th merges it.
    """
    stream = Stream()
    slower: dict[str, Any] = {"steps": 417_000}
    states: dict[int, dict[str, Any]] = {1: {}, 21: slower, 31: {**slower, "builds": False}, 33: slower,
              46: {**slower, "builds": False}, 47: slower}  # fmt: skip
    for i in range(1, 49):
        stream.commit(f"step {i}", {**compiled_files(**states[i])} if i in states else {"notes": f"{i}\n"},
                      *([i - 1] if i > 1 else []))  # fmt: skip
    branch = 48
    for i in range(1, 5):
        files = compiled_files(**slower, precision="float") if i == 3 else {"side": f"{i}\n"}
        branch = stream.commit(f"side {i}", files, branch, branch="side")
    trunk = 48
    for i in range(53, 56):
        trunk = stream.commit(f"step {i}", {"notes": f"{i}\n"}, trunk)
    merged = {"side": "4\n", **compiled_files(**slower, precision="float")}
    trunk = stream.commit("merge side", merged, trunk, branch)
    for i in range(57, 61):
        trunk = stream.commit(f"step {i}", {"notes": f"{i}\n"}, trunk)
    stream.write(library)
    told = library.git("log", "--all", "--format=%s%x00%H").splitlines()
    return dict(line.split("\0") for line in told)
