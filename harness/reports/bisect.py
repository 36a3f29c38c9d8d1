"""A bisection: every step as it went, then the answer with both sides' figures."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from harness.bisect import Bisection, Figures, Step
from harness.units import ABSENT, seconds_text

__all__ = ["answer", "as_text", "step_text"]

COLUMNS = ("release", "verdict", "status", "digits", "time", "against the good end", "why")
STYLES = {"good": "green", "bad": "bold red"}


def step_text(step: Step) -> str:
    """A step in one line, as it is taken."""
    change = _change(step)
    if step.old is None and step.word == "good":
        change = f"the good end: {_figures(step.new)}"
    return f"{step.new.release}: {step.word}" + "".join(f", {each}" for each in (change, step.reason) if each)


def _change(step: Step) -> str:
    """What the word rests on, in short."""
    return ", ".join(
        text
        for each in step.judgements
        if (text := _judged(each.kind, each.old, each.new, (each.effect, each.low, each.high)))
    )


def _judged(kind: str, old: object, new: object, effect: tuple[float | None, float | None, float | None]) -> str:
    if kind == "status":
        return "" if old == new else f"{old} → {new}"
    if kind == "digits":
        return f"{_digits(old)} → {_digits(new)} digits"
    middle, low, high = effect
    if middle is None:
        return ""
    return f"{middle:+.1%}" + ("" if low is None or high is None else f" ({low:+.1%} … {high:+.1%})")


def _digits(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float | int) else ABSENT


def _time(figures: Figures) -> str:
    timed = figures.seconds
    if timed is None:
        return ABSENT
    return f"{seconds_text(timed['median'])} ({seconds_text(timed['low'])} – {seconds_text(timed['high'])})"


def _figures(figures: Figures) -> str:
    status = "" if figures.status == "ok" else f"{figures.status}, "
    return f"{status}{_digits(figures.digits)} digits, {_time(figures)}"


def answer(bisection: Bisection) -> Iterator[str]:
    """What was found, in lines."""
    yield _headline(bisection)
    if bisection.sides is not None:
        for name, figures in zip(("last good", "first bad"), bisection.sides, strict=True):
            yield f"  {name}  {figures.release}: {_figures(figures)}; {_versions(figures)}"
        yield from _other_changes(*bisection.sides)
    if bisection.ends is not None:
        first, last = bisection.ends
        told = " → ".join(f"{_figures(step.new)} in {step.new.release}" for step in (first, last))
        yield f"  the ends   {told}"


def _headline(bisection: Bisection) -> str:
    package, judged = bisection.package, sum(1 for step in bisection.steps if step.word in ("good", "bad"))
    over = f"{len(bisection.releases)} releases, {len(bisection.steps)} measured"
    match bisection.outcome:
        case "found":
            return f"{package} {bisection.suspects[-1]} is the first release that is worse ({over})"
        case "range":
            some = f"the first release that is worse is one of {', '.join(bisection.suspects)}"
            return f"{package}: {some}; only the last of them could be judged ({over})"
        case "none":
            ends = f"{package} is not worse at the end than at the beginning"
            return f"{ends}; what was lost and mended between shows in a shorter range ({over})"
        case "undecided":
            return f"{package}: the ends cannot be told apart, nor called alike; give more --rounds ({over})"
        case _:
            ran = "only one release runs" if judged else "no release runs"
            return f"{package}: {ran}, so that there is nothing to compare ({over})"


def _versions(figures: Figures) -> str:
    return ", ".join(f"{name} {version}" for name, version in figures.versions.items()) or "no versions known"


def _other_changes(good: Figures, bad: Figures) -> Iterator[str]:
    """What else differs between the two environments, and may be the cause as well."""
    common = {*good.versions} & {*bad.versions}
    changed = [name for name in sorted(common) if good.versions[name] != bad.versions[name]]
    if len(changed) > 1:
        yield f"  more than one library changed between the two: {', '.join(changed)}"


def as_text(bisection: Bisection, console: Console) -> None:
    """Print it on a console."""
    console.print(Text(f"{bisection.case}: {bisection.metric} from one release to the next"), soft_wrap=True)
    table = RichTable(box=box.SIMPLE_HEAD)
    for column in COLUMNS:
        table.add_column(column, overflow="fold", justify="right" if column in ("digits", "time") else "left")
    for step in bisection.steps:
        table.add_row(*_row(step))
    console.print(table)
    for line in answer(bisection):
        console.print(Text(line), soft_wrap=True)


def _row(step: Step) -> Iterator[Text]:
    yield Text(step.new.release)
    yield Text(step.word, style=STYLES.get(step.word, "yellow"))
    yield Text(step.new.status)
    yield Text(_digits(step.new.digits))
    yield Text(_time(step.new))
    yield Text(_change(step) or ("it is the good end" if step.old is None and step.word == "good" else ABSENT))
    yield Text(step.reason)
