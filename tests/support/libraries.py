"""Repositories of small libraries, made by the tests: pure ones that build themselves, and a compiled one."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

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
