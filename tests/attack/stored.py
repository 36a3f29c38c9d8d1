"""Attacks on what is stored: changed bytes, processes that are killed, two writers, a full disk."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

from harness.errors import LinbenchError
from harness.results import load_run
from tests.attack import forked
from tests.attack.ground import Ground
from tests.attack.tally import Tally
from tests.attack.worded import prepare

__all__ = ["flips", "full", "kills", "writers"]

READERS = (
    ["show"],
    ["show", "--format", "json"],
    ["show", "--agreement"],
    ["show", "--pivot", "time"],
    ["check", "--no-confirm"],
    ["accept"],
    ["compare", "results/baselines/small.jsonl", "latest"],
    ["report", "--out", "page"],
    ["history"],
    *(["export", "--format", name] for name in ("csv", "junit", "bencher", "github-action", "pytest-benchmark")),
    ["export", "--format", "asv", "--out", "asv"],
    ["export", "--format", "parquet", "--out", "x.parquet"],
)

FLIPS = 500


def flips(ground: Ground, share: int = 1) -> Tally:
    """One changed byte of a run's file, read by every verb in turn: nothing is shown as if all were well."""
    tally = Tally("flipped bytes, over all verbs that read a run")
    path = Path(prepare(ground))
    whole, rng = path.read_bytes(), random.Random(0)
    for number in range(0, FLIPS, share):
        place, bit = rng.randrange(len(whole)), 1 << rng.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        words = READERS[number % len(READERS)]
        ended = forked.call(words, ground.folder, ground.environment)
        last = place == len(whole) - 1
        codes = (0,) if words == ["history"] or last else (2,)
        tally.judge(f"byte {place} bit {bit}: {words}", ended, codes)
        if ended.code == 0 and not last and path.name not in ended.err + ended.out:
            tally.count("innocent", f"byte {place} bit {bit}: {words}: nothing is said of it")
    return tally


SLOW = 'use = "fake_slow"\nseconds = 0.03\ntag = '


def _slow(ground: Ground, cases: int) -> str:
    return ground.suite(*(f'{SLOW}"{number}"' for number in range(cases)), plan="rounds = 2")


def _measured(ground: Ground) -> int:
    """Lines of measurements on disk."""
    return sum(path.read_bytes().count(b'\n{"case":') for path in ground.files())


def _all_once(tally: Tally, ground: Ground, wanted: int, files: int = 1) -> None:
    """Every case and round on record once, in finished runs."""
    paths = list(ground.files())
    if len(paths) != files:
        tally.count("rows_lost", f"{len(paths)} files, wanted {files}")
    for path in paths:
        try:
            run = load_run(path)
        except LinbenchError as error:
            tally.count("rows_lost", str(error))
            continue
        found = Counter((each.case, each.round) for each in run.measurements)
        if len(found) != wanted or set(found.values()) != {1} or not run.finished:
            tally.count(
                "rows_lost", f"{len(found)} of {wanted}, {max(found.values(), default=0)} times, {run.finished}"
            )


def kills(ground: Ground, share: int = 1) -> Tally:
    """A run killed with signal 9 ten times at random moments, and resumed."""
    tally = Tally("kill -9, then resume")
    file, cases = _slow(ground, 40), 40
    rng = random.Random(0)
    for number in range(0, 10, share):
        before = _measured(ground)
        process = ground.start("run", file, *["--resume"] * bool(number))
        deadline = time.monotonic() + 60
        goal = before + rng.randrange(0, 5)
        while time.monotonic() < deadline and process.poll() is None and _measured(ground) < goal:
            time.sleep(0.01)
        time.sleep(rng.random())
        process.send_signal(signal.SIGKILL)
        _, err = process.communicate()
        tally.tried += 1
        if b"Traceback" in err:
            tally.count("tracebacks", err.decode()[-500:])
        if _measured(ground) < before:
            tally.count("rows_lost", f"{before} before, {_measured(ground)} after")
    last = ground.run("run", file, "--resume", timeout=400)
    tally.judge("the last resume", last, (0,))
    _all_once(tally, ground, 2 * cases, files=len(list(ground.files())) or 1)
    return tally


def writers(ground: Ground, share: int = 1) -> Tally:
    """Two processes that resume one run, and two that begin one in the same moment."""
    tally = Tally("two writers")
    here = ground.beside("resumed")
    file = _slow(here, 12)
    process = here.start("run", file)
    while process.poll() is None and not _measured(here):
        time.sleep(0.01)
    process.kill()
    process.communicate()
    both = [here.start("run", file, "--resume") for _ in range(2)]
    ended = [(each.communicate(), each.returncode) for each in both]
    codes = sorted(code for _, code in ended)
    tally.tried += 2
    if codes != [0, 2] or any(b"Traceback" in err for (_, err), _ in ended):
        tally.count("wrong_codes", f"codes {codes}: {[err[-300:] for (_, err), _ in ended]}")
    _all_once(tally, here, 24)
    there = ground.beside("begun")
    file = _slow(there, 6)
    both = [there.start("run", file) for _ in range(2)]
    codes = [each.wait() for each in both if each.communicate()]
    tally.tried += 2
    if codes != [0, 0]:
        tally.count("wrong_codes", f"codes {codes}")
    _all_once(tally, there, 12, files=2)
    return tally


def full(ground: Ground, share: int = 1) -> Tally:
    """Verbs that write, on a disk that is full or past a limit on a file's size: nothing half-written is left."""
    tally = Tally("a full disk")
    path = Path(prepare(ground))
    for words in (
        ["accept"],
        ["report", "--out", "page"],
        ["export", "--out", "x.csv"],
        ["export", "--format", "junit", "--out", "x.xml"],
        ["export", "--format", "parquet", "--out", "x.parquet"],
        ["export", "--format", "asv", "--out", "asv"],
        ["show", "--format", "json"],
        ["run", "small.toml"],
    )[::share]:
        for shell in ('trap "" XFSZ; ulimit -f 1; "$@" | cat', 'ulimit -f 1; "$@" | cat'):
            ground.suite("numpy_lstsq", "scratch_ols", "fake_honest", plan="rounds = 3")
            before = _listing(ground.folder)
            baseline = (ground.folder / "results/baselines/small.jsonl").read_bytes()
            ended = ground.run(*words, shell=_with_code(shell))
            code = int(ended.err.rpartition("code ")[2] or -1) if "code " in ended.err else None
            tally.tried += 1
            said = f"{words}: code {code}: {ended.err[-400:]}"
            if "Traceback" in ended.err or code == 70:
                tally.count("tracebacks", said)
            elif code is None:
                tally.count("hangs", said)
            elif code not in ((0,) if words[0] == "show" else (0, 2, 3) if words[0] == "run" else (2,)):
                tally.count("wrong_codes", said)
            if (ground.folder / "results/baselines/small.jsonl").read_bytes() != baseline:
                tally.count("rows_lost", f"{words}: the baseline was changed")
            new = {name for name in _listing(ground.folder) - before if "results/runs/" not in name}
            if new:
                tally.count("rows_lost", f"{words}: left {sorted(new)[:5]}")
    if not path.exists():
        tally.count("rows_lost", "a run is gone")
    _full_then_resumed(tally, ground.beside("resumed"))
    return tally


def _full_then_resumed(tally: Tally, ground: Ground) -> None:
    """A run whose file can grow no more in its midst, and which is resumed where there is room."""
    file = _slow(ground, 12)
    tally.judge("a run that fills the disk", ground.run("run", file, shell='ulimit -f 32; "$@" | cat'), (0, 2))
    kept = _measured(ground)
    tally.judge("resumed with room", ground.run("run", file, "--resume"), (0,))
    if not 0 < kept < 24:
        tally.count("wrong_codes", f"the disk was full after {kept} of 24 measurements")
    _all_once(tally, ground, 24)


def _with_code(shell: str) -> str:
    return shell.replace('"$@" | cat', '"$@"; echo "code $?" >&2')


def _listing(folder: Path) -> set[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {name for name in found if not name.endswith("small.toml")}
