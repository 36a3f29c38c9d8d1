"""How often two commits that differ in their documentation alone get a verdict: none but same and undecided is right.

    python -m tests.benchmarks.identical_commits 100                 # 5 seconds each on 2 quiet cores
    python -m tests.benchmarks.identical_commits 100 --compiled      # of a library with an extension in C

Each time, `compare --library … --budget` measures both in turn, and judges every number of every case.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.spawned import linbench
from tests.support.libraries import Library, compiled_files, pure_files
from tests.support.wheels import sklearn_files

SUITE = """
name = "mine"
[plan]
seconds = 0.02
[[dataset]]
use = "nist_longley"
[[dataset]]
use = "linear"
[[backend]]
use = "sklearn_ols"
"""

RIGHT = frozenset({"same", "undecided"})

PURE = {**pure_files("sklearn", ""), **sklearn_files("1.0", 17)}


def verdicts(folder: Path, count: int, files: Mapping[str, str] = PURE, budget: str = "60s") -> Counter[str]:
    """How many numbers of all cases got which verdict, in so many comparisons of two identical commits."""
    library = Library(folder / "lib")
    old = library.commit("code", files)
    library.commit("documentation alone", {"README.md": "what it does\n"})
    suite = folder / "mine.toml"
    suite.write_text(SUITE)
    words = ["compare", "--library", str(library.path), "--rev", old, "--rev", "HEAD", str(suite)]
    found: Counter[str] = Counter()
    for i in range(count):
        done = linbench(folder, [*words, "--budget", budget], silent=True)
        if done.returncode:
            found[f"exit code {done.returncode}"] += 1
        if done.returncode in (0, 1):
            cases = json.loads(done.stdout)["cases"]
            judged = [(case["case"], each) for case in cases for each in case["judgements"]]
            found.update(each["verdict"] for _, each in judged)
            for case, each in judged:
                if each["verdict"] not in RIGHT:
                    print(f"{case}: {json.dumps(each)}", file=sys.stderr)
        print(f"{i + 1} of {count}: {dict(found)}", file=sys.stderr)
    return found


def main() -> None:
    """Print the counts; end with 1 where a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=100)
    parser.add_argument("--compiled", action="store_true", help="the library of the tests that is compiled")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = verdicts(Path(folder), asked.count, compiled_files() if asked.compiled else PURE)
    print(f"{asked.count} comparisons: " + ", ".join(f"{number} {verdict}" for verdict, number in found.most_common()))
    sys.exit(bool(set(found) - RIGHT))


if __name__ == "__main__":
    main()
