"""What a reviewer reads of a comparison: a comment on a pull request, and annotations beside its checks.

Both are made of the JSON that ``linbench compare --format json`` prints, and of nothing else. Names of branches and
cases may be a stranger's: in a comment they stand in code spans that they cannot leave, in an annotation they are
escaped.
"""

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.compare.comparison import Verdict
from harness.config import Alarm
from harness.printable import printable

MARKER = "<!-- linbench -->"
"""The comment's first line, by which it is found again and updated in place."""

MOST_LINES = 20
MOST_CHARACTERS = 65_536
"""Of a comment, as GitHub documents it."""

MOST_ANNOTATIONS = 50
"""Of a request, as GitHub documents it."""

MOST_CHANGES = 11
LONGEST = 160
"""Characters of a name or a reason."""

ALARMS: dict[Alarm, str] = {"fail": "🔴", "warn": "🟠", "note": "🔵"}
SIGNS: dict[Verdict, str] = {
    "worse": "🔴", "gone": "🔴", "better": "🟢", "undecided": "🟡", "incomparable": "🟡", "new": "⚪", "same": "⚪",
}  # fmt: skip
ORDER: tuple[Alarm, ...] = ("fail", "warn", "note", "")
LEVELS: dict[Alarm, str] = {"fail": "error", "warn": "warning", "note": "notice"}
FAILING: tuple[Verdict, ...] = ("worse", "gone")
TOLD: tuple[Verdict, ...] = (*FAILING, "better", "undecided", "incomparable", "new")


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of a case, of ``judgements``."""

    kind: str
    verdict: Verdict
    old: int | float | str | None = None
    new: int | float | str | None = None
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    visible: float | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case, of ``cases``."""

    case: str
    verdict: Verdict
    alarm: Alarm
    reason: str = ""
    accepted: str = ""
    judgements: tuple[Number, ...] = ()

    @property
    def sign(self) -> str:
        """What a reader sees first."""
        return ALARMS.get(self.alarm, SIGNS[self.verdict])


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The comparison."""

    old: str
    new: str
    verdict: Verdict
    alarm: Alarm
    cases: tuple[Case, ...]
    unsettled: str = ""


def comment(found: Compared, link: str = "") -> str:
    """At most 20 lines: the verdict, what changed with its interval, what could not be seen, and where all of it is."""
    told = [line for verdict in TOLD for line in _changes(found.cases, verdict)]
    lines = [MARKER, _verdict(found)]
    if found.unsettled:
        lines.append(f"**Not decided:** {_code(found.unsettled)}")
    if told:
        lines += ["", *told[:MOST_CHANGES]]
    if len(told) > MOST_CHANGES:
        lines.append(f"- and {len(told) - MOST_CHANGES} more")
    lines += ["", *filter(None, [_unseen(found), f"{_code(found.old)} → {_code(found.new)}", _link(link)])]
    assert len(lines) <= MOST_LINES  # noqa: S101 - by the numbers above
    return "\n".join(lines)[:MOST_CHARACTERS]


def annotations(found: Compared) -> list[str]:
    """Workflow commands for GitHub, what fails first: errors for it, warnings for what could not be decided."""
    told = [(level, each) for alarm, level in LEVELS.items() for each in found.cases if each.alarm == alarm]
    told += [("warning", each) for each in found.cases if each.verdict in ("undecided", "incomparable")]
    lines = [f"::warning title=linbench::{_escaped(found.unsettled)}"] if found.unsettled else []
    lines += [f"::{level} title={_property(f'linbench: {each.case}')}::{_escaped(_why(each))}" for level, each in told]
    if len(lines) > MOST_ANNOTATIONS:
        more = len(lines) - MOST_ANNOTATIONS + 1
        lines = [*lines[: MOST_ANNOTATIONS - 1], f"::warning title=linbench::and {more} more; the summary has them"]
    return lines


def _verdict(found: Compared) -> str:
    counts = Counter(each.verdict for each in found.cases)
    some = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()) or "no case"
    word = "not decided" if found.unsettled and found.verdict not in FAILING else found.verdict
    alarms = Counter(each.alarm for each in found.cases)
    raised = [f"{alarms[alarm]} to {alarm}" for alarm in ("fail", "warn") if alarms[alarm]]
    sign = ALARMS.get(found.alarm, SIGNS[found.verdict])
    return f"{sign} **linbench: {word}** ({'; '.join([some, *raised])})"


def _changes(cases: Sequence[Case], verdict: Verdict) -> Iterator[str]:
    for case in sorted((each for each in cases if each.verdict == verdict), key=lambda each: ORDER.index(each.alarm)):
        yield f"- {case.sign} {_code(case.case)}: {_code(_why(case))}"


def _why(case: Case) -> str:
    told = [_number(each) for each in case.judgements if each.verdict == case.verdict]
    accepted = f"accepted: {case.accepted}" if case.accepted else ""
    return "; ".join(filter(None, [accepted, *told, case.reason])) or case.verdict


def _number(each: Number) -> str:
    if each.kind in ("seconds", "memory") and each.effect is not None:
        ends = "" if each.low is None or each.high is None else f" ({each.low:+.1%} … {each.high:+.1%})"
        change = f"{each.kind} {each.effect:+.1%}{ends}"
    else:
        change = f"{each.kind} {_plain(each.old)} → {_plain(each.new)}"
    return f"{change}, {each.verdict}" + (f" ({each.reason})" if each.reason else "")


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _unseen(found: Compared) -> str:
    seen = [each.visible for case in found.cases for each in case.judgements if each.visible is not None]
    if not seen:
        return "No slowdown could have been seen: too few rounds, or no times."
    return f"Slowdowns under {statistics.median(seen):.1%} (half of the cases) to {max(seen):.1%} could not be seen."


def _code(text: str) -> str:
    """A code span that its text cannot leave."""
    plain = printable(text).replace("`", "'")
    return f"`{plain if len(plain) <= LONGEST else f'{plain[: LONGEST - 1]}…'}`"


def _link(link: str) -> str:
    safe = link.startswith("https://") and not set(link) & set(" ()<>[]`\n\r")
    return f"[All of it]({link})" if safe else ""


def _escaped(text: str) -> str:
    """The data of a workflow command."""
    return printable(text).replace("%", "%25")


def _property(text: str) -> str:
    """A property of a workflow command."""
    return _escaped(text)[:255].replace(":", "%3A").replace(",", "%2C")
