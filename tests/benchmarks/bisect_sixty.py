"""Bisection over sixty commits of a small compiled library: what loses digits, what is 4 % slower, and what it costs.

    python -m tests.benchmarks.bisect_sixty

The fixture is that of the tests (`tests.support.libraries.sixty_commits`): an extension in C, three commits that do not
build, and a merge. Each search begins with an empty cache. Wanted: the right commit, in at most 8 builds.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.spawned import linbench
from tests.support.libraries import Library, sixty_commits

SUITE = """
name = "mine"
[plan]
seconds = 0.1
[[dataset]]
use = "nist_longley"
[[backend]]
use = "sklearn_ols"
"""

MOST_BUILDS = 8


class Sought(NamedTuple):
    """A search: its metric, and the commit that is the answer."""

    metric: str
    culprit: str


SEARCHES = (Sought("digits", "side 3"), Sought("seconds", "step 21"))


class Told(NamedTuple):
    """What came of a search."""

    sought: Sought
    subjects: list[str]
    builds: int
    """Of wheels."""
    failed: int
    """Commits that did not build."""
    rounds: int
    minutes: float

    @property
    def right(self) -> bool:
        """Whether the commit was named alone, in as few builds as wanted."""
        return self.subjects == [self.sought.culprit] and self.builds <= MOST_BUILDS


def search(folder: Path, sought: Sought) -> Told:
    """Bisect a fresh fixture in an empty folder."""
    library = Library(folder / "lib")
    ids = sixty_commits(library)
    suite = folder / "mine.toml"
    suite.write_text(SUITE)
    words = ["bisect", "--library", str(library.path), "--good", ids["step 1"], "--bad", "main", "--suite",
             str(suite), "--case", "nist_longley/sklearn_ols", "--metric", sought.metric]  # fmt: skip
    began = time.monotonic()
    done = linbench(folder, words)
    minutes = (time.monotonic() - began) / 60
    record = json.loads(done.stdout) if done.stdout else {"commits": [], "steps": []}
    headers = [json.loads(path.open().readline()) for path in (folder / "results" / "asides").glob("*.jsonl")]
    return Told(
        sought,
        [each["subject"] for each in record["commits"]],
        len([*(folder / "cache" / "environments" / "wheels").glob("*/*.whl")]),
        sum(each["word"] == "skipped" for each in record["steps"]),
        sum(each["plan"]["rounds"] for each in headers),
        minutes,
    )


def main() -> None:
    """Print a table; end with 1 where an answer is wrong or took too many builds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metric", choices=[each.metric for each in SEARCHES], help="only this search")
    wanted = parser.parse_args().metric
    print("| sought | named | built | did not build | rounds | minutes |\n| --- | --- | ---: | ---: | ---: | ---: |")
    right = True
    for each in SEARCHES:
        if wanted in (None, each.metric):
            with tempfile.TemporaryDirectory() as folder:
                told = search(Path(folder), each)
            named = " or ".join(told.subjects) or "none"
            numbers = f"{told.builds} | {told.failed} | {told.rounds} | {told.minutes:.1f}"
            print(f"| {each.metric}: {each.culprit} | {named} | {numbers} |")
            right &= told.right
    sys.exit(not right)


if __name__ == "__main__":
    main()
