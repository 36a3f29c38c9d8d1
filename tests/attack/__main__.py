"""Attack linbench through its command, and print what did not hold.

    python -m tests.attack [--quick] [SECTION ...]

Minutes long, a quarter of an hour where the machine is busy. Exit code 1: something did not hold.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.attack import measured, stored, worded
from tests.attack.ground import Ground
from tests.attack.tally import table_of

SECTIONS = {
    "backends": measured.backends,
    "datasets": measured.datasets,
    "suites": worded.suites,
    "commands": worded.commands,
    "streams": worded.streams,
    "flips": stored.flips,
    "kills": stored.kills,
    "writers": stored.writers,
    "full": stored.full,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all when left out")
    parser.add_argument("--quick", action="store_true", help="one attack in twenty")
    parser.add_argument("--log", type=Path, metavar="FILE", help="write how each command ended, and what it said")
    chosen = parser.parse_args()
    if unknown := set(chosen.sections) - set(SECTIONS):
        parser.error(f"unknown section {min(unknown)!r}; there is {', '.join(SECTIONS)}")
    tallies = []
    with tempfile.TemporaryDirectory(prefix="linbench-attack-") as folder:
        for name in chosen.sections or SECTIONS:
            began = time.monotonic()
            ground = Ground(Path(folder) / name, Path(folder))
            ground.folder.mkdir()
            tallies.append(SECTIONS[name](ground, 20 if chosen.quick else 1))
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if chosen.log:
        chosen.log.write_text("".join(f"{line!r}\n" for each in tallies for line in each.log))
    print(table_of(tallies))
    sys.exit(any(each.wrong for each in tallies))


if __name__ == "__main__":
    main()
