"""What the attacks count, and the table of it."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, fields

__all__ = ["Ended", "Tally", "table_of"]


@dataclass(frozen=True)
class Ended:
    """A command that has ended, or was ended because it hung: then its code is None."""

    code: int | None
    out: str
    err: str


@dataclass
class Tally:
    """What came of a kind of attack; every count but the first should be 0."""

    name: str
    tried: int = 0
    tracebacks: int = 0
    hangs: int = 0
    wrong_codes: int = 0
    rows_lost: int = 0
    innocent: int = 0
    log: list[str] = field(default_factory=list)
    """A line for every command: how it ended, and what it said."""

    def count(self, what: str, detail: str) -> None:
        """One thing that did not hold."""
        setattr(self, what, getattr(self, what) + 1)
        print(f"{self.name}: {what}: {detail}"[:1000], file=sys.stderr, flush=True)

    def judge(self, attack: str, ended: Ended, codes: Sequence[int], *, lines: int | None = None) -> None:
        """Whether a command ended as it should: with one of these codes, and at most so many lines of complaint."""
        self.tried += 1
        said = f"{attack}: code {ended.code}: {ended.err.strip()[-600:]}"
        self.log.append(said)
        if ended.code is None:
            self.count("hangs", said)
        elif "Traceback" in ended.err + ended.out or ended.code == 70:
            self.count("tracebacks", said)
        elif ended.code not in codes or (ended.code and lines and len(ended.err.strip().splitlines()) > lines):
            self.count("wrong_codes", said)

    @property
    def wrong(self) -> int:
        """Everything that did not hold."""
        return self.tracebacks + self.hangs + self.wrong_codes + self.rows_lost + self.innocent


NUMBERS = [each.name for each in fields(Tally) if each.name not in ("name", "log")]


def table_of(tallies: Sequence[Tally]) -> str:
    """A Markdown table, a line per kind of attack."""
    heads = ("tried", "tracebacks", "hangs", "wrong exit codes", "rows lost", "innocent cases changed or blamed")
    lines = [f"| attack | {' | '.join(heads)} |", f"| --- |{' ---: |' * len(heads)}"]
    lines += [f"| {each.name} | {' | '.join(str(getattr(each, name)) for name in NUMBERS)} |" for each in tallies]
    return "\n".join(lines)
