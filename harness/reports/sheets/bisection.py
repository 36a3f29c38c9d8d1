"""A bisection: every release with its verdict, then the answer with the numbers of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.reports.sheet import Column, Line, Sheet, Style, Table
from harness.reports.sheets.base import OWN_RECORD, report
from harness.units import ABSENT, count_text, seconds_text

if TYPE_CHECKING:
    from harness.bisect import Bisection, ReleaseResult, ReleaseVerdict
    from harness.compare import Judgement
    from harness.results import Timing
    from harness.revisions.library import LibraryCommit

STYLES: dict[str, Style] = {"good": "good", "bad": "bad"}


@report(record=OWN_RECORD)
def bisection(found: Bisection) -> Sheet:
    """The release of a library that made a case worse, with every release that was measured on the way."""
    return Sheet(
        (Table.of("", COLUMNS, found.steps),),
        before=(Line(f"{found.case}: {found.metric} from one {found.noun} to the next"),),
        after=tuple(map(Line, _answer(found))),
    )


def release_text(step: ReleaseVerdict) -> str:
    """A judged release in one line."""
    change = _change(step)
    if _is_good_end(step):
        change = f"the good end: {_result(step.new)}"
    return f"{step.new.release}: {step.word}" + "".join(f", {each}" for each in (change, step.reason) if each)


def _is_good_end(step: ReleaseVerdict) -> bool:
    return step.old is None and step.word == "good"


def _change(step: ReleaseVerdict) -> str:
    """The changes behind the verdict, in short."""
    return ", ".join(filter(None, map(_judged, step.judgements)))


def _judged(each: Judgement) -> str:
    if each.kind == "status":
        return "" if each.old == each.new else f"{each.old} → {each.new}"
    if each.kind == "digits":
        return f"{_digits(each.old)} → {_digits(each.new)} digits"
    if each.effect is None:
        return ""
    ends = "" if each.low is None or each.high is None else f" ({each.low:+.1%} … {each.high:+.1%})"
    return f"{each.effect:+.1%}{ends}"


def _digits(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float | int) else ABSENT


def _time(timing: Timing | None) -> str:
    if timing is None:
        return ABSENT
    return f"{seconds_text(timing.median)} ({seconds_text(timing.low)} – {seconds_text(timing.high)})"


def _result(result: ReleaseResult) -> str:
    status = "" if result.status == "ok" else f"{result.status}, "
    return f"{status}{_digits(result.digits)} digits, {_time(result.seconds)}"


def _answer(found: Bisection) -> Iterator[str]:
    """The lines of the answer."""
    yield _headline(found)
    yield from (f"  {name}  {_commit(each)}" for name in found.suspects if (each := found.commit(name)))
    if found.sides is not None:
        for name, result in zip(("last good", "first bad"), found.sides, strict=True):
            yield f"  {name}  {result.release}: {_result(result)}; {_versions(result)}"
        yield from _other_changes(*found.sides)
    yield from (f"  {'why' if i == 0 else '':9}  {each}" for i, each in enumerate(found.explained))
    if found.ends is not None:
        yield "  the ends   " + " → ".join(f"{_result(step.new)} in {step.new.release}" for step in found.ends)


def _commit(commit: LibraryCommit) -> str:
    merge = ", a merge" if commit.merge else ""
    return f"{commit.author_date[:16].replace('T', ' ')}{merge}: {commit.subject}"


def _headline(found: Bisection) -> str:
    package, judged = found.package, sum(1 for step in found.steps if step.word in ("good", "bad"))
    noun = found.noun
    over = f"{count_text(len(found.releases), noun)}, {len(found.steps)} measured"
    match found.outcome:
        case "found":
            return f"{package} {found.suspects[-1]} is the first {noun} that is worse ({over})"
        case "range":
            some = f"the first {noun} that is worse is one of {', '.join(found.suspects)}"
            return f"{package}: {some}; only the last of them could be judged ({over})"
        case "none":
            ends = f"{package} is not worse at the end than at the beginning"
            return f"{ends}; give a shorter range to find what became worse and was fixed in between ({over})"
        case "undecided":
            return f"{package}: too close to call whether the two ends differ; give more --rounds ({over})"
        case _:
            ran = f"only one {noun} runs" if judged else f"no {noun} runs"
            return f"{package}: {ran}, so there is nothing to compare ({over})"


def _versions(result: ReleaseResult) -> str:
    return ", ".join(f"{name} {version}" for name, version in result.versions.items()) or "no versions known"


def _other_changes(good: ReleaseResult, bad: ReleaseResult) -> Iterator[str]:
    """A line if more than one library differs between the two environments."""
    common = {*good.versions} & {*bad.versions}
    changed = [name for name in sorted(common) if good.versions[name] != bad.versions[name]]
    if len(changed) > 1:
        yield f"  more than one library changed between the two: {', '.join(changed)}"


COLUMNS: tuple[Column[ReleaseVerdict], ...] = (
    Column("release", "release", lambda step: step.new.release, left=True),
    Column("verdict", "verdict", lambda step: step.word, left=True,
           style=lambda step: STYLES.get(step.word, "doubtful")),
    Column("status", "status", lambda step: step.new.status, left=True, priority=1),
    Column("digits", "digits", lambda step: step.new.digits, lambda step: _digits(step.new.digits)),
    Column("time", "time", lambda step: step.new.seconds.median if step.new.seconds else None,
           lambda step: _time(step.new.seconds)),
    Column("change", "against the good end",
           lambda step: _change(step) or ("it is the good end" if _is_good_end(step) else None), left=True, wraps=True),
    Column("why", "why", lambda step: step.reason or None, left=True, wraps=True),
)  # fmt: skip
