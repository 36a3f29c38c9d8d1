"""Run files made by hand: as many runs, cases and rounds as a test wants, without a worker in sight."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np

from backends.base import Device
from harness.config import CaseKey, Plan
from harness.datasets.base import Dtype
from harness.judgement import Scores
from harness.machine import Commit, Machine
from harness.records import values_of
from harness.results import FORMAT, Measurement, ProblemRecord, RunHeader
from harness.results.lines import line_of
from harness.results.run import FinishedLine, ProblemLine

CASE = "linear/scratch_ols/cpu/float64"
VERSIONS = {"python": "3.11.7", "numpy": "2.4.6"}
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def key(case: str, **changes: Any) -> CaseKey:
    """A case as a run's first line has it, from its id."""
    dataset, backend, device, dtype, *environment = case.split("/")
    return replace(
        CaseKey(
            id=case,
            dataset=dataset.partition("[")[0],
            dataset_label=dataset,
            dataset_options={},
            backend=backend.partition("[")[0],
            backend_label=backend,
            options={},
            device=cast("Device", device),
            dtype=cast("Dtype", dtype),
            environment=environment[0] if environment else "default",
        ),
        **changes,
    )


def measured(
    rng: np.random.Generator,
    case: str = CASE,
    round_: int = 0,
    *,
    seconds: float = 1e-3,
    control: float = 8e-4,
    noise: float = 0.01,
    samples: int = 20,
    digits: float | None = 14.0,
    scores: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Measurement:
    """A measurement whose noise is of the real kind: a level of its own for each process, skewed upwards within it."""
    process = np.exp(noise * rng.standard_normal())
    skewed = 1 + 0.05 * rng.exponential(size=(2, samples))
    return Measurement(
        **{
            "case": case,
            "round": round_,
            "status": "ok",
            "started": stamp(0),
            "seconds": tuple((seconds * process * skewed[0]).tolist()),
            "control": tuple((control * skewed[1]).tolist()),
            "order": tuple(range(samples)),
            "repeats": 1,
            "first_call": 3 * seconds,
            "prepare": seconds / 10,
            "peak_memory_bytes": 90_000_000,
            "coef": (1.0, 2.0),
            "intercept": 0.5,
            "converged": True,
            "scores": Scores(
                {"digits": digits, "condition": 3.0, "ill_posed": False, "loss_train": 0.25}
                if scores is None
                else scores
            ),
            "versions": VERSIONS,
            "data": "0123abcd" * 8,
            **changes,
        }
    )


def stamp(hours: float) -> str:
    """So many hours after the first of January 2026, as every file has it."""
    return (EPOCH + timedelta(hours=hours)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def header(hours: float, cases: Iterable[str | CaseKey], **changes: Any) -> RunHeader:
    """The first line of a run begun at that hour, at a commit of that hour's number."""
    started = stamp(hours)
    keys = [case if isinstance(case, CaseKey) else key(case) for case in cases]
    return replace(
        RunHeader(
            linbench=FORMAT,
            run=f"{started[:19].replace('-', '').replace(':', '')}Z-speed-0000",
            started=started,
            suite="speed",
            plan=Plan(rounds=1, seconds=0.3, limit=60.0, memory=2**33, threads=1),
            cases=tuple({each.id: each for each in keys}.values()),
            machine=Machine(
                id="one", cpu="A processor", cores=2, memory_bytes=2**34, system="Linux", release="6.1",
                architecture="x86_64",
            ),
            commit=Commit(id=f"{round(hours):08x}" * 5, time=started),
            protocol=2,
        ),
        **changes,
    )  # fmt: skip


def write_run(
    folder: Path,
    hours: float,
    measurements: Sequence[Measurement],
    *,
    finished: bool = True,
    problems: Sequence[ProblemRecord] = (),
    cases: Sequence[CaseKey] = (),
    **changes: Any,
) -> Path:
    """A whole run file, begun at that hour; `changes` are made to its first line.

    Its cases are those measured, unless ``cases`` says more of them than their ids do.
    """
    first = header(hours, cases or [each.case for each in measurements], **changes)
    lines: list[object] = [first, *(ProblemLine(problem=each) for each in problems), *measurements]
    if finished:
        lines.append(FinishedLine(finished=stamp(hours + 0.5)))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{first.run}.jsonl"
    path.write_bytes(b"".join(line_of(values_of(line)) for line in lines))
    return path


def rewrite_first_line(path: Path, **changes: Any) -> None:
    """Change what a run file's first line says, whatever that makes of it; its checksum holds."""
    first, _, rest = path.read_bytes().partition(b"\n")
    values = json.loads(first)
    del values["crc32"]
    path.write_bytes(line_of({**values, **changes}) + rest)
