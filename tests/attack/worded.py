"""Attacks by words: suites and command lines that are wrong, and standard streams that are not there."""

import os
import random
import shutil

import numpy as np

from tests.attack import forked
from tests.attack.bad_suites import HEAD, SUITES
from tests.attack.ground import Ground
from tests.attack.tally import Tally
from tests.support.runs import measured as measurement
from tests.support.runs import write_run

__all__ = ["commands", "streams", "suites"]


def suites(ground: Ground, share: int = 1) -> Tally:
    """Bad suites, given to `validate` and to `run`."""
    tally = Tally("bad suites, validated")
    for text in SUITES[::share]:
        ground.write("bad.toml", text)
        ended = forked.call(["validate", "bad.toml"], ground.folder, ground.environment)
        tally.judge(f"suite {text[:300]!r}", ended, (0, 2), lines=1)
        import os
        import sys

        if os.environ.get("DBG"):
            print(ended.code, repr(text[-120:]), ended.err[-230:].strip(), file=sys.stderr)
    return tally


VERBS = (
    "run",
    "validate",
    "show",
    "report",
    "export",
    "history",
    "compare",
    "check",
    "accept",
    "selftest",
    "bisect",
    "list",
)
VALUES = (
    "",
    " ",
    ",",
    "-1",
    "0",
    "nan",
    "1e308",
    "9" * 5000,
    "../../etc/passwd",
    "/dev/zero",
    "/dev/null",
    ".",
    "no",
    "\x1b[2J",
    "é\udcff",
    "*",
    "[",
    "a" * 5000,
    "latest",
    "small.toml",
    "other.json",
    "other.csv",
    "fifo",
    "folder",
)
OPTIONS = {
    "run": ("--device", "--only", "--rounds", "--threads", "--results", "--format", "--id-file"),
    "show": ("--format", "--report", "--pivot", "--results"),
    "report": ("--out", "--results"),
    "export": ("--format", "--out", "--baseline", "--results"),
    "history": ("--format", "--results"),
    "compare": ("--rev", "--only", "--rounds", "--level", "--margin", "--results"),
    "check": ("--baseline", "--level", "--margin", "--results"),
    "accept": ("--results",),
    "selftest": ("--rounds", "--seconds", "--level", "--results"),
    "bisect": ("--case", "--rounds", "--metric", "--level", "--results"),
    "list": ("--format",),
}


def _lines() -> list[list[str]]:
    """Every verb with wrong words and wrong values of its options."""
    lines = [[], ["nonsense"], ["--nonsense"], ["-"], ["--"], ["-x"], ["\udcff"], ["--version", "x"]]
    for verb in VERBS:
        lines += [[verb, "--nonsense"], [verb, "a", "b", "c", "d", "--"]]
        lines += [[verb, value] for value in VALUES if verb != "selftest"]
        lines += [[verb, option] for option in OPTIONS.get(verb, ())]
        lines += [[verb, *_needed(verb), option, value] for option in OPTIONS.get(verb, ()) for value in VALUES]
    return lines


def _needed(verb: str) -> list[str]:
    return {"run": ["bad.toml"], "bisect": ["numpy>=99999"], "selftest": ["--rounds", "x"]}.get(verb, [])


def commands(ground: Ground, share: int = 1) -> Tally:
    """Bad command lines: a seeded choice of 500 from all verbs with wrong words."""
    tally = Tally("bad command lines")
    prepare(ground)
    lines = _lines()
    random.Random(0).shuffle(lines)
    for words in lines[:500][::share]:
        ended = forked.call(words, ground.folder, ground.environment)
        tally.judge(f"words {[word[:40] for word in words]}", ended, (0, 2, 4))
        import os
        import sys

        if os.environ.get("DBG"):
            print(ended.code, [w[:30] for w in words], ended.err[-230:].strip(), file=sys.stderr)
    return tally


def prepare(ground: Ground) -> str:
    """A good run that is accepted, a second, and files that are no runs; the run's path."""
    rng = np.random.default_rng(0)
    made = [measurement(rng, case, round_) for case in CASES for round_ in range(3)]
    again = [measurement(rng, case, round_) for case in CASES for round_ in range(3)]
    runs = ground.folder / "results/runs"
    first = write_run(runs, 0, made, suite="small")
    second = write_run(runs, 5, again, suite="small")
    (ground.folder / "results/baselines").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(first, ground.folder / "results/baselines/small.jsonl")
    ground.write("other.json", '{"a": 1}')
    ground.write("other.csv", "a,b\n1,2\n")
    ground.write("bad.toml", HEAD)
    ground.write("folder/x", "")
    if not (ground.folder / "fifo").exists():
        os.mkfifo(ground.folder / "fifo")
    return str(second)


CASES = ("linear/scratch_ols/cpu/float64", "linear/numpy_lstsq/cpu/float64", "advertising/scratch_ols/cpu/float32")

READERS = (
    ["show"],
    ["show", "--format", "json"],
    ["list"],
    ["history"],
    ["check", "--no-confirm"],
    ["export"],
    ["--help"],
    ["compare", "latest", "latest"],
    ["validate", "default"],
    ["show", "--format", "html"],
)

SHELLS = {
    "a full standard output": ('"$@" >/dev/full', (0, 2)),
    "a closed standard output": ('"$@" >&-', (0, 2)),
    "a closed standard error": ('"$@" 2>&-', (0,)),
    "a full standard error": ('"$@" 2>/dev/full', (0,)),
    "all streams closed": ('"$@" <&- >&- 2>&-', (0, 2)),
    "few descriptors": ('ulimit -n 20; "$@"', (0, 2)),
    "fewer descriptors": ('ulimit -n 10; "$@"', (0, 2)),
    "an ASCII terminal": ('PYTHONIOENCODING=ascii LC_ALL=C "$@"', (0,)),
    "no home": ('unset HOME LINBENCH_CACHE; "$@"', (0,)),
    "a cache that cannot be": ('LINBENCH_CACHE=/proc/none "$@"', (0,)),
    "a reader that leaves": ('{ "$@"; echo "code $?" >&3; } 3>&2 | true', (0,)),
}


def streams(ground: Ground, share: int = 1) -> Tally:
    """Verbs whose standard streams, descriptors or folders are not as usual."""
    tally = Tally("odd standard streams and limits")
    prepare(ground)
    pairs = [(words, name) for words in READERS for name in SHELLS][::share]
    for words, name in pairs:
        shell, codes = SHELLS[name]
        ended = ground.run(*words, shell=shell, timeout=120)
        tally.judge(f"{name}: {words}", ended, codes)
        if name == "a reader that leaves" and "code 0" not in ended.err and "code 2" not in ended.err:
            tally.count("wrong_codes", f"{name}: {words}: {ended.err}")
    return tally
