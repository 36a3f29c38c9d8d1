"""The `[[gate]]` tables of a suite: from which size on a slowdown of a case warns, and from which it fails."""

from collections.abc import Sequence
from typing import Annotated, Literal, get_args

from pydantic import Field

from harness.config.patterns import found_in
from harness.config.plan import Checked

Alarm = Literal["", "note", "warn", "fail"]
"""What a change gives rise to, the gravest last: nothing, a mention, advice, or exit code 1."""

Share = Annotated[float, Field(ge=0, allow_inf_nan=False)] | Literal["never"]

_GRAVITY = {alarm: i for i, alarm in enumerate(get_args(Alarm))}


def gravest(alarms: Sequence[Alarm]) -> Alarm:
    """The gravest of some alarms; none of none."""
    return max(alarms, key=_GRAVITY.__getitem__, default="")


class GateTable(Checked):
    """What is made of a time or a peak memory that is worse, in some cases."""

    only: str = ""
    """Pattern of the cases' ids, as ``--only`` has it; empty for all."""
    warn: Share = 0.0
    fail: Share = 0.0
    """Relative changes that warn, and that fail, if they are passed."""

    def alarm(self, effect: float | None) -> Alarm:
        """What a change for the worse gives rise to; None is beyond all bounds."""
        return "fail" if _passes(effect, self.fail) else "warn" if _passes(effect, self.warn) else "note"

    @property
    def muddled(self) -> bool:
        """Whether a change would fail before it warns."""
        return _passes(None if self.warn == "never" else self.warn, self.fail)


def _passes(effect: float | None, share: float | Literal["never"]) -> bool:
    return share != "never" and (effect is None or effect > share)


EVERYTHING_FAILS = GateTable()


def gate_of(case: str, tables: Sequence[GateTable]) -> GateTable:
    """The table that holds for a case: the last of those that match; without any, whatever is worse fails."""
    return next((each for each in reversed(tables) if found_in((case,), each.only)), EVERYTHING_FAILS)
