"""Why a case lacks digits, as a line of a run file has it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ExplanationRecord:
    """What `harness.explain` found out of a case, kept with the run that has it."""

    case: str
    explained: str
    """When, in UTC."""
    cause: str | None
    """The change that accounts for most of the digits lost; None where no change does."""
    said: tuple[str, ...]
    """Sentences, the most important first."""
