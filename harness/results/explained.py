"""The record of why a case lacks digits, in a run file."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ExplanationRecord:
    """What `harness.explain` found about a case, kept with its run."""

    case: str
    explained: str
    """When, in UTC."""
    cause: str | None
    """The change that accounts for most of the lost digits; None where none does."""
    said: tuple[str, ...]
    """Sentences, the most important first."""
