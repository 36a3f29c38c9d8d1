"""A cluster's processes killed at random moments: ``python -m tests.benchmarks.cluster_faults [TIMES] [SEED]``.

Each time a scheduler and two workers are started, a run is begun on them, and once a random number of its 18 rows is on
disk, a worker, the scheduler or the parent gets SIGKILL. The run is then resumed on one machine where it has to be, and
must be whole: each case of each round once, all well, with the bits of the run that was not disturbed.
"""

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import get_args

from harness.results import load_run
from tests.support.clusters import PLANNED, SUITE, Victim, answers, check_whole, linbench, run_file, survive


def main() -> None:
    times, seed = (int(each) for each in (sys.argv[1:] + ["20", "1"][len(sys.argv) - 1 :])[:2])
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        alone = Path(name) / "alone"
        alone.mkdir()
        (alone / "two.toml").write_text(SUITE)
        assert linbench(alone).wait(300) == 0
        path = run_file(alone)
        assert path is not None
        undisturbed = answers(load_run(path))
        for i in range(times):
            folder = Path(name) / str(i)
            folder.mkdir()
            victim: Victim = rng.choice(get_args(Victim))
            after = rng.randrange(PLANNED)
            start = time.monotonic()
            run = survive(folder, victim, after)
            check_whole(run)
            assert answers(run) == undisturbed
            hosts = len({each.host for each in run.measurements})
            print(
                f"{i + 1}: {victim} after {after} rows: whole, from {hosts} hosts, {time.monotonic() - start:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
