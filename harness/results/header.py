"""The records of a run file other than measurements: its first line, and its problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BeforeValidator

from harness.config import CaseKey, GateTable, Plan, Suite
from harness.environments import EnvironmentRecord
from harness.machine import Commit, Machine, Roof

FORMAT = 2
"""Version of the run file's format. A reader refuses a newer one. 2: a checksum per line, problems, descents."""

FIRST_CONTROL = "numpy-4x200x200"
"""The control kernel of old runs, which do not name theirs."""


def _known_keys(plan: object) -> object:
    """A plan without keys that a newer version may have added."""
    return {key: plan[key] for key in plan if key in Plan.model_fields} if isinstance(plan, Mapping) else plan


@dataclass(frozen=True, kw_only=True)
class RunHeader:
    """The first line of a run file."""

    linbench: int
    """Version of the file's format."""
    run: str
    started: str
    """``run`` and ``started``: the run's id, which is also the file's name, and its start in UTC."""
    suite: str
    plan: Annotated[Plan, BeforeValidator(_known_keys)]
    cases: tuple[CaseKey, ...]
    """All planned cases, in the suite's order."""
    environments: tuple[EnvironmentRecord, ...] = ()
    machine: Machine = field(default_factory=Machine)
    commit: Commit | None = None
    """Commit of the repository that the run was made in; None outside of one."""
    control: str = FIRST_CONTROL
    """The name of the control kernel."""
    protocol: int = 1
    """Version of the timing protocol; times of different versions are not compared."""
    load: tuple[float, ...] = ()
    """Load averages over 1, 5 and 15 minutes at the start; empty in runs without them."""
    roof: Roof | None = None
    """The machine's peak rates, measured at the start; None in runs that sweep no sizes."""
    gate: tuple[GateTable, ...] = ()
    """The suite's `[[gate]]`: which slowdowns warn and which fail."""

    def plans(self, suite: Suite) -> bool:
        """Whether the suite plans the same cases with the same options, measured in the same way."""
        theirs = (suite.name, suite.plan, tuple(each.record for each in suite.environments))
        return theirs == (self.suite, self.plan, self.environments) and self.cases == tuple(
            case.key for case in suite.cases
        )


@dataclass(frozen=True, kw_only=True)
class DataSample:
    """Some rows of a dataset in its own units, for plots; always the same ones."""

    X: tuple[tuple[float, ...], ...]
    """One tuple per row."""
    y: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    """The least and the largest value of each column of the whole design matrix."""


@dataclass(frozen=True, kw_only=True)
class ManyRecord:
    """The many problems made from the rows of a dataset."""

    fits: int
    """Number of problems."""
    fewest_rows: int
    most_rows: int
    """``fewest_rows`` and ``most_rows``: of the smallest and the largest problem."""
    deficient: int = 0
    """Number of problems with exactly dependent columns."""


@dataclass(frozen=True, kw_only=True)
class ProblemRecord:
    """A problem as fitted, on its own line before its first measurement."""

    dataset_label: str
    dtype: str
    """``dataset_label`` and ``dtype``: what it was made from."""
    data: str
    """The fingerprint of the problem as fitted."""
    n_samples: int
    n_features: int
    """``n_samples`` and ``n_features``: of the training rows."""
    features: tuple[str, ...] = ()
    target: str = ""
    rows_read: int | None = None
    """Rows of the source, before any were left out; None where unknown."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rows left out for a missing value, by column; a row may lack several values."""
    rows_left_out: int = 0
    said: tuple[str, ...] = ()
    """How the reader interpreted a file."""
    certified_by: Literal["authority", "decimals", "none"] = "none"
    """Source of the certified estimates: the publisher of the data, the exact solution of the decimals as written, or
    none."""
    why_not_certified: str = ""
    """Why there are none; empty otherwise."""
    reading_digits: float | None = None
    """Correct digits of the exact answer to the float64 data, against the certified one."""
    factor: tuple[float, ...] = ()
    shift: tuple[float, ...] = ()
    """``factor`` and ``shift``: the scaling of each column, ``scaled = raw * factor + shift``."""
    target_factor: float = 1.0
    target_shift: float = 0.0
    sample: DataSample | None = None
    many: ManyRecord | None = None
    """Set where the rows make many problems, and ``n_samples`` is the rows of all; None for one problem."""

    def original(self, coef: tuple[float, ...], intercept: float) -> tuple[tuple[float, ...], float]:
        """From coefficients of the problem as fitted to the data's own units; see `harness.datasets.base.Scaling`."""
        scaled = tuple(f * b / self.target_factor for f, b in zip(self.factor, coef, strict=True))
        shifted = intercept + sum(s * b for s, b in zip(self.shift, coef, strict=True)) - self.target_shift
        return scaled, shifted / self.target_factor
