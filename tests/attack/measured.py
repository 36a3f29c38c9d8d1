"""Attacks by what is measured: backends that misbehave, and files that are no data."""

import contextlib
import gzip
import os
from collections.abc import Iterator
from pathlib import Path

from harness.errors import LinbenchError
from harness.results import Run, load_run
from tests.attack.ground import Ground
from tests.attack.misbehaving import ANSWERS, FAULTS, MOMENTS
from tests.attack.tally import Tally

__all__ = ["backends", "datasets"]

INNOCENT = ("numpy_lstsq", "scratch_ols", "fake_honest", "fake_misbehaves")
"""The last shares class, library and worker with the bad ones."""

AT_ONCE = 12
"""Misbehaving cases in one run."""

RIGHT = 13.0
"""Digits that an innocent has."""


def _variants() -> list[tuple[str, str]]:
    acts = [(fault, moment) for moment in MOMENTS for fault in FAULTS if fault != "nothing"]
    answers = [(answer, moment) for moment in ("first call", "later call") for answer in ANSWERS]
    return [*acts, *answers]


def backends(ground: Ground, share: int = 1) -> Tally:
    """Every fault at every moment, or one in so many, a dozen in each run beside innocents of the same worker."""
    tally = Tally("misbehaving backends, at four moments")
    variants = _variants()[::share]
    for number in range(0, len(variants), AT_ONCE):
        chosen = variants[number : number + AT_ONCE]
        here = ground.beside(f"backends-{number}")
        tables = [f'use = "fake_misbehaves"\nfault = "{fault}"\nmoment = "{moment}"' for fault, moment in chosen]
        file = here.suite(*INNOCENT[:2], *tables[:6], *INNOCENT[2:], *tables[6:], plan='limit = 4\nmemory = "500 MiB"')
        _measured(tally, here, file, len(chosen), f"backends {chosen}")
    return tally


def _measured(tally: Tally, here: Ground, file: str, tried: int, attack: str) -> None:
    ended = here.run("run", file, timeout=900)
    tally.judge(attack, ended, (0, 3))
    tally.tried += tried - 1
    for run in _runs(tally, here):
        lost = len(run.header.cases) - len(run.rows)
        if lost or run.finished is None:
            tally.count("rows_lost", f"{attack}: {lost} of {len(run.header.cases)}, finished {run.finished}")
        for row in run.rows:
            if row.case.backend_label in INNOCENT and row.case.dataset == "advertising":
                digits = row.scores.get("digits") or 0.0
                if row.status != "ok" or row.notes or digits < RIGHT or row.differing_fits:
                    tally.count(
                        "innocent", f"{attack}: {row.case.id} {row.status} {digits} {row.notes} {row.worst.reason}"
                    )


def _runs(tally: Tally, here: Ground) -> Iterator[Run]:
    paths = list(here.files())
    if len(paths) != 1:
        tally.count("rows_lost", f"{here.folder}: {len(paths)} run files")
    for path in paths:
        try:
            yield load_run(path)
        except LinbenchError as error:
            tally.count("rows_lost", f"{path}: {error}")


GOOD = "a,b,y\n1,2,3\n2,1,4\n3,5,1\n4,4,4\n5,1,2\n"

FILES: dict[str, str | bytes] = {
    "empty.csv": "",
    "blank.csv": "\n\n\n",
    "header.csv": "a,b,y\n",
    "one.csv": "a,b,y\n1,2,3\n",
    "words.csv": "a,b,y\nred,green,blue\nred,blue,green\n",
    "nan.csv": "a,b,y\nnan,nan,nan\nnan,1,2\n",
    "infinite.csv": GOOD + "inf,1,2\n",
    "huge.csv": GOOD + "1e999,1,2\n",
    "large.csv": GOOD + f"{'9' * 5000},1,2\n",
    "twice.csv": "a,a,y\n1,2,3\n2,3,4\n3,4,6\n",
    "ragged.csv": "a,b,y\n1,2\n1,2,3,4\n1,2,3\n",
    "quote.csv": 'a,b,y\n"1,2,3\n4,5,6\n',
    "nul.csv": b"a,b,y\n1,\x002,3\n2,3,4\n",
    "latin.csv": "a,b,y\n1,2,3\né,ü,ß\n".encode("latin-1"),
    "utf16.csv": GOOD.encode("utf-16"),
    "binary.csv": bytes(range(256)) * 40,
    "escapes.csv": "\x1b[2Ja,b,y\n1,2,3\n4,5,7\n8,9,1\n",
    "mark.csv": "\ufeffa,b,y\n1,2,x\n",
    "returns.csv": "a,b,y\r1,2,3\r",
    "wide.csv": ",".join(f"c{i}" for i in range(20_000)) + "\n",
    "long.csv": "a,b,y\n" + "1" * 3_000_000 + ",2,3\n",
    "few.csv": "a,b,y\n1,2,3\n2,3,4\n",
    "digits.csv": "a,b,y\n\u0661,\u0662,\u0663\n",
    "bomb.csv.gz": b"",
    "half.csv.gz": gzip.compress(GOOD.encode() * 100)[:40],
    "no.csv.gz": b"not gzip at all",
    "deep.json": "[" * 100_000,
    "integer.json": f'[{{"a": {"9" * 6000}, "b": 1, "y": 2}}]',
    "object.json": '{"a": 1}',
    "surrogate.json": '[{"a": "\\udcff", "b": 1, "y": 2}]',
    "half.jsonl": '{"a": 1, "b": 2, "y"',
    "no.parquet": b"PAR1 and nothing more",
    "no.feather": b"ARROW1",
    "no.xlsx": b"PK\x03\x04 broken",
    "no.ods": b"PK\x03\x04 broken",
    "pickle.pkl": b"\x80\x04N.",
    "pickle.csv": b"\x80\x04N.",
}

ODD_PATHS = (
    "fifo.csv",
    "folder.csv",
    "loop.csv",
    "/dev/zero",
    "/dev/random",
    "/proc/self/mem",
    "missing.csv",
    "\\u0000",
)


def datasets(ground: Ground, share: int = 1) -> Tally:
    """Files that are no data, beside a good dataset."""
    tally = Tally("bad data files")
    here = ground.beside("datasets")
    for name, content in FILES.items():
        here.write(name, content)
    with gzip.open(here.folder / "bomb.csv.gz", "wb") as bomb:
        bomb.write(b"a,b,y\n")
        for _ in range(200):
            bomb.write(b"1,2,3\n" * 200_000)
    _special(here.folder)
    names = [*FILES, *ODD_PATHS][::share]
    for start in range(0, len(names), AT_ONCE):
        chosen = names[start : start + AT_ONCE]
        there = Ground(here.folder / f"run-{start}", ground.shared)
        there.folder.mkdir()
        tables = [_table(name) for name in chosen]
        file = there.suite(
            "numpy_lstsq", datasets=('use = "advertising"', *tables), plan='limit = 8\nmemory = "700 MiB"'
        )
        _measured(tally, there, file, len(chosen), f"datasets {chosen}")
    return tally


def _table(name: str) -> str:
    path = name if name.startswith(("/", "\\")) else f"../{name}"
    return f'use = "csv"\npath = "{path}"\nfeatures = ["a", "b"]\ntarget = "y"'


def _special(folder: Path) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkfifo(folder / "fifo.csv")
        (folder / "folder.csv").mkdir()
        (folder / "loop.csv").symlink_to(folder / "loop.csv")
