"""The `[[gate]]` tables of a suite: how large a slowdown must be to warn, and how large to fail."""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import Field

from harness.config.patterns import found_in
from harness.config.plan import Checked

Alarm = Literal["", "note", "warn", "fail"]
"""The consequence of a change, the gravest last: none, a mention, a warning, or exit code 1."""

Share = Annotated[float, Field(ge=0, allow_inf_nan=False)] | Literal["never"]

_GRAVITY = {alarm: i for i, alarm in enumerate(get_args(Alarm))}


def gravest(alarms: Sequence[Alarm]) -> Alarm:
    """The gravest of some alarms; "" if there are none."""
    return max(alarms, key=_GRAVITY.__getitem__, default="")


class GateTable(Checked):
    """The consequences of a worse time or peak memory, for some cases."""

    only: str = ""
    """Pattern of the cases' ids, as in ``--only``; empty for all."""
    warn: Share = 0.0
    fail: Share = 0.0
    """``warn`` and ``fail``: relative changes above which a case warns, and fails."""

    def alarm(self, effect: float | None) -> Alarm:
        """The alarm for a change for the worse, a relative change; None is unbounded."""
        return "fail" if _exceeds(effect, self.fail) else "warn" if _exceeds(effect, self.warn) else "note"

    @property
    def fails_first(self) -> bool:
        """Whether some change would fail that is too small to warn."""
        return _exceeds(None if self.warn == "never" else self.warn, self.fail)


def _exceeds(effect: float | None, share: float | Literal["never"]) -> bool:
    return share != "never" and (effect is None or effect > share)


EVERYTHING_FAILS = GateTable()


def gate_of(case: str, tables: Sequence[GateTable]) -> GateTable:
    """The last table that matches a case; if none does, whatever is worse fails."""
    return next((each for each in reversed(tables) if found_in((case,), each.only)), EVERYTHING_FAILS)
