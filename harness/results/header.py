"""What a run file says before its measurements: what was planned, where, and which problems were fitted."""

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
"""The control kernel of runs that do not name theirs."""


def _known_keys(plan: object) -> object:
    """A plan without the keys that a newer linbench may have added."""
    return {key: plan[key] for key in plan if key in Plan.model_fields} if isinstance(plan, Mapping) else plan


@dataclass(frozen=True, kw_only=True)
class RunHeader:
    """The first line of a run file."""

    linbench: int
    """Version of the file's format."""
    run: str
    started: str
    """The run's id, which is also the file's name, and when it began."""
    suite: str
    plan: Annotated[Plan, BeforeValidator(_known_keys)]
    cases: tuple[CaseKey, ...]
    """Every case that was planned, in the suite's order."""
    environments: tuple[EnvironmentRecord, ...] = ()
    machine: Machine = field(default_factory=Machine)
    commit: Commit | None = None
    """Of the repository that the run was made in; None outside of one."""
    control: str = FIRST_CONTROL
    """The name of the control kernel."""
    protocol: int = 1
    """Version of how times are taken; times by others are not compared."""
    load: tuple[float, ...] = ()
    """Load averages of the machine over 1, 5 and 15 minutes when it began; empty in runs that do not say."""
    roof: Roof | None = None
    """What the machine can do at most, measured as the run began; None in runs that sweep no sizes."""
    gate: tuple[GateTable, ...] = ()
    """The suite's `[[gate]]`: which slowdowns warn and which fail."""

    def plans(self, suite: Suite) -> bool:
        """Whether this is what the suite plans: the same cases with the same options, measured in the same way."""
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
    """The many problems that the rows of a dataset make."""

    fits: int
    """How many there are."""
    fewest_rows: int
    most_rows: int
    """Rows of the shortest and of the longest."""
    deficient: int = 0
    """Those whose columns are linearly dependent, exactly."""


@dataclass(frozen=True, kw_only=True)
class ProblemRecord:
    """A problem as it was fitted, on a line of its own before the first measurement of it."""

    dataset_label: str
    dtype: str
    """What it was made of."""
    data: str
    """The fingerprint of the problem as fitted."""
    n_samples: int
    n_features: int
    """Both of the training rows."""
    features: tuple[str, ...] = ()
    target: str = ""
    rows_read: int | None = None
    """Rows of the source, before any was left out; None where the dataset does not say."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Rows left out for a missing value, by the column that lacked it; a row may lack several."""
    rows_left_out: int = 0
    said: tuple[str, ...] = ()
    """What the reader of a file took it for."""
    certified_by: Literal["authority", "decimals", "none"] = "none"
    """Who certifies the estimates: whoever published the data, the exact solution of the decimals as written,
    nobody."""
    why_not_certified: str = ""
    """Why nobody does; empty otherwise."""
    reading_digits: float | None = None
    """Correct digits of the exact answer to the float64 data against the certified one: what rounding left."""
    factor: tuple[float, ...] = ()
    shift: tuple[float, ...] = ()
    """The scaling of each column, ``scaled = raw * factor + shift``."""
    target_factor: float = 1.0
    target_shift: float = 0.0
    sample: DataSample | None = None
    many: ManyRecord | None = None
    """Where the rows make many problems, and ``n_samples`` are the rows of all; None of one problem."""

    def original(self, coef: tuple[float, ...], intercept: float) -> tuple[tuple[float, ...], float]:
        """Coefficients of the problem as fitted, in the data's own units; see `harness.datasets.base.Scaling`."""
        scaled = tuple(f * b / self.target_factor for f, b in zip(self.factor, coef, strict=True))
        shifted = intercept + sum(s * b for s, b in zip(self.shift, coef, strict=True)) - self.target_shift
        return scaled, shifted / self.target_factor
