"""Two releases of a public library, as two commits of a repository, built from source and compared: the time it takes.

    python -m tests.benchmarks.public_library          # downloads the sources of linearmodels and what they need

The sources come from the package index. A repository of two commits is made of them in a temporary folder, and `compare
--library … --network` builds each, in an environment of its own, and measures them in turn. A second comparison finds
everything built. The cache is empty at first.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.spawned import linbench
from tests.support.libraries import Library

SUITE = """
name = "public"
[plan]
seconds = 0.1
[[dataset]]
use = "nist_longley"
[[dataset]]
use = "synthetic"
n_samples = 1000
n_features = 10
[[backend]]
use = "own.py:fit"
"""

OWN = """
import numpy as np
from linearmodels.iv import IV2SLS

def fit(X, y):
    return IV2SLS(y, np.column_stack([np.ones(len(X)), X]), None, None).fit(cov_type="unadjusted")
"""

NAME = "linearmodels"


class Told(NamedTuple):
    """What a comparison said, and how long it took."""

    seconds: float
    code: int
    comparison: dict[str, Any]


def repository(folder: Path, releases: tuple[str, str]) -> Library:
    """A repository whose commits are the sources of the releases, each with its tag."""
    library = Library(folder / NAME)
    for release in releases:
        words = ["download", "--quiet", "--no-deps", "--no-binary", NAME, "--dest", str(folder), f"{NAME}=={release}"]
        subprocess.run([sys.executable, "-m", "pip", *words], check=True)
        library.git("rm", "-r", "--quiet", "--ignore-unmatch", ".")
        with tarfile.open(folder / f"{NAME}-{release}.tar.gz") as archive:
            archive.extractall(folder / "sources", filter="data")
        shutil.copytree(folder / "sources" / f"{NAME}-{release}", library.path, dirs_exist_ok=True)
        library.commit(f"release {release}")
        library.git("tag", f"v{release}")
    return library


def compared(folder: Path, library: Library, releases: tuple[str, str], rounds: int) -> Told:
    """Compare both commits."""
    (folder / "own.py").write_text(OWN)
    (folder / "public.toml").write_text(SUITE)
    revisions = [word for release in releases for word in ("--rev", f"v{release}")]
    words = ["compare", "--library", str(library.path), *revisions, "--network", str(folder / "public.toml"),
             "--rounds", str(rounds)]  # fmt: skip
    began = time.monotonic()
    done = linbench(folder, words)
    return Told(time.monotonic() - began, done.returncode, json.loads(done.stdout) if done.stdout else {"cases": []})


def sentences(told: Told) -> list[str]:
    """Each case in a line: its verdict, and what its numbers were and became."""
    found = []
    for case in told.comparison["cases"]:
        numbers = {each["kind"]: each for each in case["judgements"]}
        parts = [f"{kind} {_short(each['old'])} → {_short(each['new'])} ({each['verdict']})"
                 for kind, each in numbers.items()]  # fmt: skip
        found.append(f"{case['case']}: {case['verdict']}; {'; '.join(parts)}{case['reason']}")
    return found


def _short(value: float | str | None) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Print what was built, compared and found; end with 1 where nothing was compared."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", nargs="*", default=["6.1", "7.0"], help="two releases of linearmodels")
    parser.add_argument("--rounds", type=int, default=12)
    asked = parser.parse_args()
    old, new = asked.releases
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = repository(folder, (old, new))
        first, again = (compared(folder, library, (old, new), asked.rounds) for _ in range(2))
    print(f"{NAME} {old} and {new}, {asked.rounds} rounds: {first.seconds:.0f} s, and {again.seconds:.0f} s once built")
    for told in (first, again):
        verdicts = Counter(each["verdict"] for each in told.comparison["cases"])
        print(f"exit code {told.code}: {', '.join(f'{count} {verdict}' for verdict, count in verdicts.items())}")
        print("\n".join(f"  {each}" for each in sentences(told)))
    sys.exit(not first.comparison["cases"])


if __name__ == "__main__":
    main()
