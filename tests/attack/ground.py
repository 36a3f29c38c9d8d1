"""Where the attacks take place: a folder of its own, the command in it, small suites and runs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.attack.misbehaving import Misbehaves
from tests.attack.tally import Ended
from tests.support import fakes, hostile
from tests.support.paths import ROOT

__all__ = ["Ground"]

PYTHON = [sys.executable, "-m", "harness"]


def _offered(folder: Path) -> Path:
    """A folder with the metadata of a package that offers the bad backends."""
    info = folder / "linbench_attack-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: linbench-attack\nVersion: 1.0\n")
    kinds = (*fakes.EVERY, *hostile.EVERY, Misbehaves)
    points = "\n".join(f"{fakes.name_of(kind)} = {kind.__module__}:{kind.__name__}" for kind in kinds)
    (info / "entry_points.txt").write_text(f"[linbench.backends]\n{points}\n")
    return folder


@dataclass(frozen=True)
class Ground:
    """A folder in which commands run.

    Attributes
    ----------
    folder : Path
    shared : Path
        What all grounds of an attack share: the offered backends and the cache.
    """

    folder: Path
    shared: Path

    def beside(self, name: str) -> Ground:
        """A fresh folder that shares the backends and the cache."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return Ground(folder, self.shared)

    @property
    def environment(self) -> dict[str, str]:
        """Of every command."""
        path = os.pathsep.join([str(_offered(self.shared / "site")), str(ROOT)])
        own = {"PYTHONPATH": path, "LINBENCH_CACHE": str(self.shared / "cache"), "COLUMNS": "250", "NO_COLOR": "1"}
        return {**os.environ, **own, "OPENBLAS_NUM_THREADS": "1"}

    def start(self, *words: str, shell: str = "", **changes: str) -> subprocess.Popen[bytes]:
        """The real command; with a shell's words, what stands behind ``"$@"`` in them, or before."""
        command = ["/bin/sh", "-c", shell, "sh", *PYTHON, *words] if shell else [*PYTHON, *words]
        return subprocess.Popen(
            command, cwd=self.folder, env={**self.environment, **changes}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(self, *words: str, shell: str = "", timeout: float = 240, **changes: str) -> Ended:
        """The real command, until it ends or its time is over."""
        with self.start(*words, shell=shell, **changes) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                _, err = process.communicate()
                return Ended(None, "", err.decode(errors="replace"))
        return Ended(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def write(self, name: str, text: str | bytes) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))
        return path

    def suite(self, *backends: str, datasets: Sequence[str] = ('use = "advertising"',), plan: str = "") -> str:
        """A suite of backends by name or by table, called ``small.toml``."""
        tables = [each if "=" in each else f'use = "{each}"' for each in backends]
        text = f'name = "small"\n[plan]\nseconds = 0.01\n{plan}\n'
        text += "".join(f"[[dataset]]\n{table}\n" for table in datasets)
        text += "".join(f"[[backend]]\n{table}\n" for table in tables)
        self.write("small.toml", text)
        return "small.toml"

    def files(self) -> Iterator[Path]:
        """Every run's file."""
        return self.folder.glob("results/runs/*.jsonl")
