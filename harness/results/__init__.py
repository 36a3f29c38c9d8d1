"""Run files: append-only and crash-safe measurements, and the rows derived from them.

A run is one file of JSON lines, described in ``results/README.md``: a first line with the plan and the machine, a line
per problem, a line per case and round as it is finished, and a last line when all are. Measurements are kept in full;
the reader derives medians, intervals and verdicts.
"""

from harness.results.explained import ExplanationRecord
from harness.results.header import FORMAT, DataSample, ManyRecord, ProblemRecord, RunHeader
from harness.results.measurement import (
    FAILED,
    SEVERITY,
    SHOWN_EPOCHS,
    CostRecord,
    Descent,
    Measurement,
    Statistics,
    Status,
    WorstFit,
    now,
)
from harness.results.row import Row, Timing, round_in
from harness.results.run import Run, load_run
from harness.results.store import RunWriter, Store

__all__ = [
    "FAILED", "FORMAT", "SEVERITY", "SHOWN_EPOCHS", "CostRecord", "DataSample", "Descent", "ExplanationRecord",
    "ManyRecord", "Measurement", "ProblemRecord", "Row", "Run", "RunHeader", "RunWriter", "Statistics", "Status",
    "Store", "Timing", "WorstFit", "load_run", "now", "round_in",
]  # fmt: skip
