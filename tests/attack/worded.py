"""Attacks by words: suites and command lines that are wrong, and standard streams that are not there."""

from __future__ import annotations

import random
import shutil

import numpy as np

from tests.attack import forked
from tests.attack.ground import Ground
from tests.attack.tally import Tally
from tests.support.runs import measured as measurement
from tests.support.runs import write_run

__all__ = ["commands", "streams", "suites"]

HEAD = 'name = "s"\n'
DATA = '[[dataset]]\nuse = "advertising"\n'
BACK = '[[backend]]\nuse = "numpy_lstsq"\n'
GOOD = HEAD + DATA + BACK

SUITES = [
    "", "\n", "name", "= 3", "[", "[[", "[[dataset]]", HEAD, HEAD + DATA, HEAD + BACK, DATA + BACK, "\x00", "\ufeff" + HEAD,
    "name = \"s\"\nname = \"t\"\n" + DATA + BACK, GOOD + "[plan]\n[plan]\n", "\udcff" + GOOD, "{}", '{"name": "s"}', "---\nname: s\n",
    "a = " + "[" * 100_000, "a = " + "[" * 900 + "]" * 900, "a = " + "{b = " * 2000, f"a = {'9' * 5000}",
    f"a = 0x{'f' * 9000}", f"a = {'1' * 200_000}", "a." * 5000 + "b = 1", HEAD + "[" + "a." * 3000 + "b]\n",
    GOOD.replace("[[dataset]]", "[dataset]"), GOOD.replace("[[backend]]", "[[backends]]"), GOOD.replace("use", "uses"),
    GOOD + 'unknown = "x"\n', GOOD + "[plan]\nround = 3\n", GOOD + "[[plan]]\nrounds = 3\n",
    *(f"{GOOD}[plan]\n{line}\n" for line in (
        "seconds = 1e308", "seconds = inf", "seconds = nan", "seconds = -1", "seconds = 0", 'seconds = "1"', "seconds = 1e400",
        "seconds = [1, 2]", "limit = 1e308", "limit = -0.0", "limit = true", "rounds = 0", "rounds = -3", "rounds = 1.5",
        "rounds = 9223372036854775807", f"rounds = {10**30}", "rounds = 1000000000", "threads = 0", "threads = 99999999",
        "memory = 3", 'memory = "8 XB"', 'memory = "1e308 GiB"', f'memory = "{"9" * 400} GiB"', 'memory = ""', "memory = inf",
        "precision = 0", "precision = 1", "precision = nan", 'isolate = "round"', "isolate = 3", "seconds = 1979-05-27",
        "limit = {}", "memory = [1]",
    )),
    *(f'{GOOD.replace(chr(34) + "s" + chr(34), name)}' for name in (
        '""', '"../x"', '"/etc/x"', '"a b"', '"a/b"', '"\\u0000"', '"\\n"', "3", "true", "[]", '"."', '".."', '"-x"', '"é"',
    )),
    *(f'{HEAD}{DATA}[[backend]]\nuse = {use}\n' for use in (
        '""', '"no"', '"numpy_lstq"', '"../numpy_lstsq"', '"os"', '"base"', '"__init__"', "3", "[]", '["numpy_lstsq"]', "{}", "true",
        '"\\u0000"', '"numpy_lstsq\\u001b[2J"', f'"{"x" * 100_000}"', '"harness.errors"', "nan",
    )),
    *(f'{HEAD}[[dataset]]\nuse = {use}\n{BACK}' for use in (
        '""', '"no"', '"advertisin"', '"base"', '"_nist"', "3", "[]", '"\\u0000"', '"csv"', '"file"',
    )),
    *(f'{HEAD}{DATA}[[backend]]\nuse = "scratch_sgd"\n{line}\n' for line in (
        "epochs = 0", "epochs = -1", "epochs = 1.5", 'epochs = "3"', "epochs = []", "epochs = [[1]]", "epochs = {}", "seed = -1",
        f"seed = {2**64}", f"seed = {10**40}", "nothing = 1", "epochs = [1, -1]", "epochs = true", "epochs = 1e9", "batch = nan",
        "devices = []", 'devices = ["gpu"]', 'dtypes = ["float16"]', "dtypes = 3", 'environments = ["x"]', "epochs = 9223372036854775807",
        'devices = ["cuda", "cuda"]',
    )),
    *(f'{HEAD}[[dataset]]\nuse = "linear"\n{line}\n{BACK}' for line in (
        "n_samples = 0", "n_samples = -1", f"n_samples = {2**63}", "n_samples = 1e9", "noise = nan", "noise = inf", "noise = -1",
        "seed = nan", 'seed = "x"', "dtypes = []", "foo = 1",
    )),
    *(f'{HEAD}[[dataset]]\nuse = "csv"\n{line}\n{BACK}' for line in (
        'path = "x.csv"', 'path = "x.csv"\nfeatures = []\ntarget = "y"', 'path = ""\nfeatures = ["a"]\ntarget = "y"',
        'path = "no.csv"\nfeatures = ["a"]\ntarget = "a"', 'path = "no.csv"\nfeatures = ["a", "a"]\ntarget = "y"',
        'path = "no.csv"\nfeatures = "a"\ntarget = "y"', 'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nsep = ","',
        'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nseparator = ""', 'path = "\\u0000"\nfeatures = ["a"]\ntarget = "y"',
        'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nseparator = "(("', f'path = "{"x" * 5000}"\nfeatures = ["a"]\ntarget = "y"',
        'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nencoding = "klingon"', 'path = "."\nfeatures = ["a"]\ntarget = "y"',
        'path = "http://[bad/x.csv"\nfeatures = ["a"]\ntarget = "y"', 'path = "x::y::z"\nfeatures = ["a"]\ntarget = "y"',
        'path = "[a"\nfeatures = ["a"]\ntarget = "y"', 'path = "no*.csv"\nfeatures = ["a"]\ntarget = "y"',
    )),
    *(f'{HEAD}[[dataset]]\nuse = "file"\npath = "no.csv"\nformula = "{formula}"\n{BACK}' for formula in (
        "", "y", "y ~", "~ x", "y ~ x ~ z", "y ~ __import__('os').system('true')", "y ~ " + "(" * 5000, "y ~ " + "+".join(["a"] * 50_000),
        "y ~ I(x**99999999)", "y ~ open('/etc/passwd')",
    )),
    *(f'{GOOD}[[environment]]\n{line}\n' for line in (
        "", "name = 3", 'name = ""', 'name = "default"', 'name = "a"\nrequires = ["file:///etc"]', 'name = "a"\nrequires = ["x @ http://y"]',
        'name = "a"\nrequires = ["=="]', 'name = "a"\nrequires = "numpy"', 'name = "a"\npython = "9.9.9.9"', 'name = "../a"',
        'name = "a"\n[[environment]]\nname = "a"', 'name = "a"\nrequires = ["--index-url=x"]', 'name = "a"\nrequires = [3]',
    )),
    HEAD + DATA + '[[backend]]\nuse = "scratch_sgd"\n' + "".join(
        f"{name} = [{', '.join(map(str, range(1, 51)))}]\n" for name in ("epochs", "seed", "batch_size", "a", "b", "c")),
    HEAD + '[[dataset]]\nuse = "linear"\n' + "".join(
        f"{name} = [{', '.join(map(str, range(1, 1000)))}]\n" for name in ("n_samples", "n_features", "seed")) + BACK,
    HEAD + 'devices = [' + '"cpu", ' * 3000 + ']\ndtypes = [' + '"float64", ' * 3000 + ']\n' + DATA + BACK,
    HEAD + DATA * 2000 + BACK * 2000,
]  # fmt: skip
"""None of them is a suite that `validate` takes, but for some that are merely odd."""


def suites(ground: Ground, share: int = 1) -> Tally:
    """Bad suites, given to `validate` and to `run`."""
    tally = Tally("bad suites, validated")
    for text in SUITES[::share]:
        ground.write("bad.toml", text)
        ended = forked.call(["validate", "bad.toml"], ground.folder, ground.environment)
        tally.judge(f"suite {text[:300]!r}", ended, (0, 2), lines=1)
        import os, sys

        if os.environ.get("DBG"):
            print(ended.code, repr(text[-120:]), ended.err[-230:].strip(), file=sys.stderr)
    return tally


ODD: frozenset[str] = frozenset()

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
VALUES = ("", " ", ",", "-1", "0", "nan", "1e308", "9" * 5000, "../../etc/passwd", "/dev/zero", "/dev/null", ".", "no", "\x1b[2J", "é\udcff",
          "*", "[", "a" * 5000, "latest", "small.toml", "other.json", "other.csv", "fifo", "folder")  # fmt: skip
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
}  # fmt: skip


def _lines() -> list[list[str]]:
    """Every verb with wrong words and wrong values of its options."""
    lines = [[], ["nonsense"], ["--nonsense"], ["-"], ["--"], ["-x"], ["\udcff"], ["--version", "x"]]
    for verb in VERBS:
        lines += [[verb, "--nonsense"], [verb, "a", "b", "c", "d", "--"]]
        lines += [[verb, value] for value in VALUES if verb not in ("selftest",)]
        lines += [[verb, option] for option in OPTIONS.get(verb, ())]
        lines += [[verb, *_needed(verb), option, value] for option in OPTIONS.get(verb, ()) for value in VALUES]
    return lines


def _needed(verb: str) -> list[str]:
    return {"run": ["bad.toml"], "bisect": ["numpy>=99999"], "selftest": ["--rounds", "x"]}.get(verb, [])


def commands(ground: Ground, share: int = 1) -> Tally:
    """Bad command lines: a seeded choice of 400 from all verbs with wrong words."""
    tally = Tally("bad command lines")
    prepare(ground)
    lines = _lines()
    random.Random(0).shuffle(lines)
    for words in lines[:500][::share]:
        ended = forked.call(words, ground.folder, ground.environment)
        tally.judge(f"words {[word[:40] for word in words]}", ended, (0, 2, 4))
        import os, sys

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
        import os

        os.mkfifo(ground.folder / "fifo")
    return str(second)


CASES = ("linear/scratch_ols/cpu/float64", "linear/numpy_lstsq/cpu/float64", "advertising/scratch_ols/cpu/float32")

READERS = (["show"], ["show", "--format", "json"], ["list"], ["history"], ["check", "--no-confirm"], ["export"], ["--help"],
           ["compare", "latest", "latest"], ["validate", "default"], ["show", "--format", "html"])  # fmt: skip

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
