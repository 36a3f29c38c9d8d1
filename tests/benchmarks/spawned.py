"""The real command over a folder of its own, with a cache that is empty at first."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def linbench(folder: Path, words: Sequence[str], *, silent: bool = False) -> subprocess.CompletedProcess[str]:
    """What ``linbench … --format json`` prints; its progress is shown unless it is to be silent."""
    return subprocess.run(
        [sys.executable, "-m", "harness", *words, "--format", "json", "--results", str(folder / "results")],
        env={**os.environ, "LINBENCH_CACHE": str(folder / "cache")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if silent else None,
        text=True,
        check=False,
    )
