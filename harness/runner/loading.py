"""Datasets loaded in a process of their own, under the plan's limit and memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from harness.config import Case, Plan
from harness.passes import Tell, untold
from harness.reference.decimals import CertifiedEstimates
from harness.runner.executor import Failure, Lost
from harness.runner.library_worker import HERE, START_LIMIT
from harness.runner.process import ChildProcess
from harness.runner.protocol import Loaded, Ready

T = TypeVar("T")


class Loader:
    """The process that loads datasets: started when first needed, restarted where it was lost."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._child: ChildProcess | None = None
        self._ready = False

    def start(self) -> None:
        """Start the process without waiting for it."""
        if self._child is None:
            setup = {"memory": self._plan.memory}
            # one thread: with more, BLAS would round the products that make synthetic data differently
            self._child = ChildProcess("harness.loader", setup, threads=1, memory=self._plan.memory, place=HERE)
            self._ready = False

    def load(self, case: Case, files: dict[str, Path], tell: Tell = untold, kept: Path | None = None) -> Loaded:
        """Load a case's dataset and save its arrays in these files; report progress where that takes long.

        What an earlier process left in ``kept``, the folder of these files, is resumed.

        Raises
        ------
        Failure, Lost
            When it cannot be loaded, or takes more time or memory than the plan allows.
        """
        request = request_of(case, self._plan, files, kept)
        late = f"loading its data took longer than the plan's limit of {self._plan.limit:g} s"
        try:
            return self._ask(Loaded, request, late, tell)
        except Failure as failure:
            if failure.status != "out_of_memory":
                raise
            raise type(failure)(failure.status, f"{failure.reason}; {self._memory_advice(case)}") from failure

    def certify(self) -> CertifiedEstimates:
        """The exact answer to the decimals in the source of the data loaded last, or why there is none."""
        try:
            return self._ask(CertifiedEstimates, {"do": "certify"}, "it took longer than the plan's limit")
        except Failure as failure:
            return CertifiedEstimates(None, "none", f"solving the decimals failed: {failure.reason}")

    def _ask(self, kind: type[T], request: dict[str, Any], late: str, tell: Tell | None = None) -> T:
        self.start()
        child = self._child
        assert child is not None  # noqa: S101 - it has just been started
        try:
            if not self._ready:
                child.first(Ready, START_LIMIT, f"the process that loads data did not start within {START_LIMIT:g} s")
                self._ready = True
            return child.ask(kind, request, self._plan.limit, late, tell)
        except Failure as failure:
            if isinstance(failure, Lost):
                self._child = None
            if failure.status not in ("out_of_memory", "crashed"):
                raise
            raise type(failure)(failure.status, f"while loading its data: {failure.reason}") from failure

    def _memory_advice(self, case: Case) -> str:
        """What to do where the data do not fit in memory."""
        streams = self._plan.data != "disk" and case.dataset.instance.expected_bytes()
        if streams:
            return 'set data = "disk" in [plan], or a larger memory'
        return f"{case.dataset.name} is generated whole, in memory; set a larger memory in [plan]"

    def close(self) -> None:
        """End the process; it is restarted when needed."""
        if self._child is not None:
            self._child.end()
            self._child = None


def request_of(case: Case, plan: Plan, files: Mapping[str, Path], kept: Path | None) -> dict[str, Any]:
    """The request to load a case's dataset; see `harness.loader`."""
    kind = type(case.dataset.instance)
    return {
        "do": "load",
        "module": kind.__module__,
        "class": kind.__qualname__,
        "options": case.dataset.options,
        "dtype": case.dtype,
        "label": case.dataset.label,
        "data": plan.data,
        "memory": plan.memory,
        "files": {name: str(path) for name, path in files.items()},
        "kept": str(kept or ""),
    }
