"""What a run leaves behind: measurements, append-only and crash-safe, and the rows derived from them.

A run is one file of JSON lines, described in ``results/README.md``: a first line that says what was planned and
where, a line for every case and round as it is finished, and a last line when all are. What was measured is kept
whole; medians, intervals and verdicts are derived by the reader.
"""

from harness.results.measurement import FAILED, Measurement, Status, json_text, now
from harness.results.run import FORMAT, Row, Run, load_run
from harness.results.store import RunWriter, Store

__all__ = [
    "FAILED",
    "FORMAT",
    "Measurement",
    "Row",
    "Run",
    "RunWriter",
    "Status",
    "Store",
    "json_text",
    "load_run",
    "now",
]
