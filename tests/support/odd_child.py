"""A child process that answers in every way but the right one: ``python -m tests.support.odd_child``."""

import json
import os
import sys
import time
from collections.abc import Callable


def say(text: str) -> None:
    os.write(1, text.encode())


def right(number: int) -> str:
    return json.dumps({"id": number, "answer": {"seconds": [1.0]}}) + "\n"


def drip(number: int) -> None:
    while True:
        say(" ")
        time.sleep(0.01)


def flood(number: int) -> None:
    while True:
        os.write(1, b" " * (1 << 20))


def chatter(number: int) -> None:
    for _ in range(200):
        os.write(2, b"x" * (1 << 20))
        time.sleep(0.001)
    say(right(number))


def close(number: int) -> None:
    os.close(1)
    time.sleep(600)


def twice_at_length(number: int) -> None:
    say(right(number))
    time.sleep(0.1)
    say(right(number + 1))


def doing(number: int) -> str:
    return "".join(json.dumps({"id": number, "doing": f"part {i}\nof some"}) + "\n" for i in range(2))


def doing_without_end(number: int) -> None:
    while True:
        say(doing(number))


WAYS: dict[str, Callable[[int], object]] = {
    "right": lambda number: say(right(number)),
    "twice": lambda number: say(right(number) * 2),
    "later too": twice_at_length,
    "wrong id": lambda number: say(right(number + 1)),
    "no answer": lambda number: say(json.dumps({"id": number}) + "\n"),
    "both": lambda number: say(right(number)[:-2] + ', "failed": {"status": "ok", "reason": ""}}\n'),
    "unknown status": lambda number: say(json.dumps({"id": number, "failed": {"status": "fine", "reason": ""}}) + "\n"),
    "list": lambda number: say("[]\n"),
    "text": lambda number: say(json.dumps({"id": number, "answer": {"seconds": ["1.0"]}}) + "\n"),
    "nan": lambda number: say(right(number).replace("1.0", "NaN")),
    "array": lambda number: say(json.dumps({"id": number, "answer": {"seconds": [[1.0]]}}) + "\n"),
    "negative": lambda number: say(json.dumps({"id": number, "answer": {"seconds": [-1.0]}}) + "\n"),
    "deep": lambda number: say("[" * 100_000 + "\n"),
    "surrogate": lambda number: say(
        json.dumps({"id": number, "failed": {"status": "error", "reason": "\udcff"}}) + "\n"
    ),
    "bytes": lambda number: os.write(1, b"\xff\xfe\n"),
    "failed": lambda number: say(
        json.dumps({"id": number, "failed": {"status": "error", "reason": "two\nlines\x00" + 1000 * "x"}}) + "\n"
    ),
    "doing": lambda number: say(doing(number) + right(number)),
    "doing as another": lambda number: say(doing(number + 1) + right(number)),
    "doing without end": doing_without_end,
    "drip": drip,
    "flood": flood,
    "chatter": chatter,
    "close": close,
    "silence": lambda number: time.sleep(600),
}


if __name__ == "__main__":
    say('{"id": 0, "answer": {}}\n')
    for line in sys.stdin:
        request = json.loads(line)
        WAYS[request["do"]](request["id"])
