"""Lines about a pass over data, by an injected clock."""

import pytest

from harness.passes import Passes, steps

MIB = 2**20


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(*calls: tuple[float, str, int, int]) -> list[str]:
    """What is told of calls at these seconds."""
    clock, lines = Clock(), list[str]()
    passes = Passes("big", lines.append, clock)
    for seconds, *call in calls:
        clock.now = seconds
        passes(*call)  # type: ignore[arg-type]
    return lines


def test_a_line_has_the_bytes_and_the_time_left() -> None:
    assert told((0, "sums", 0, 400 * MIB), (30, "sums", 100 * MIB, 400 * MIB)) == [
        "sums, 100 MiB of 400 MiB, about 2 min left: big"
    ]


def test_time_left_is_by_the_pace_since_the_pass_was_resumed() -> None:
    assert told((0, "sums", 300 * MIB, 400 * MIB), (10, "sums", 350 * MIB, 400 * MIB)) == [
        "sums, 350 MiB of 400 MiB, about 10 s left: big"
    ]


def test_short_passes_are_not_told_of_and_long_ones_twice_per_second() -> None:
    short = [(0.1 * i, f"pass {i}", i % 2, 2) for i in range(100)]
    assert told(*short) == []
    assert len(told(*((0.01 * i, "long", i, 1000) for i in range(1001)))) == 20


@pytest.mark.parametrize(
    ("done", "total", "line"),
    [(100 * MIB, 0, "rows, 100 MiB: big"), (0, 400 * MIB, "rows, 0 B of 400 MiB: big"),
     (500 * MIB, 400 * MIB, "rows, 500 MiB: big"), (400 * MIB, 400 * MIB, "rows, 400 MiB of 400 MiB: big")],
)  # fmt: skip
def test_what_is_not_known_is_left_out(done: int, total: int, line: str) -> None:
    assert told((0, "rows", 0, total), (1, "rows", done, total)) == [line]


def test_steps_tell_of_every_part_and_of_the_first_that_is_left() -> None:
    seen: list[tuple[str, int, int]] = []
    parts = [*steps("p", 10, 4, 8, lambda *call: seen.append(call), first=4)]
    assert parts == [slice(4, 8), slice(8, 10)]
    assert seen == [("p", 32, 80), ("p", 64, 80), ("p", 80, 80)]
