"""A program that speaks the protocol, or breaks it in the way that its one argument names."""

import json
import os
import signal
import struct
import sys
import time

MODE = sys.argv[1]


def read_line() -> dict[str, object] | None:
    for line in iter(sys.stdin.buffer.readline, b""):
        if line.strip():
            found: dict[str, object] = json.loads(line)
            return found
    return None


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def answer(number: object, **fields: object) -> None:
    say("@linbench " + json.dumps({"id": number, **fields}) + "\n")


def hang() -> None:
    signal.pause()


def load(request: dict[str, object]) -> list[float]:
    if MODE == "deaf":
        hang()
    if MODE == "hasty":
        answer(request["id"], versions={})
        hang()
    if MODE == "declines":
        answer(request["id"], unsupported="I fit no lines")
    if MODE == "lacks":
        answer(request["id"], missing="the package X; install x-dev")
    rows, columns = int(str(request["rows"])), int(str(request["columns"]))
    count = rows * (columns + 1)
    numbers = list(struct.unpack(f"<{count}d", sys.stdin.buffer.read(8 * count)))
    answer(request["id"], versions={"fake": os.environ.get("FAKE_VERSION", "1.2")})
    return numbers


def fit(request: dict[str, object], data: list[float]) -> None:  # noqa: C901, PLR0912, PLR0915 - a list of vices
    """Answers the first numbers of the data, or what the mode is about. Three estimates are wanted."""
    number = request["id"]
    good = " ".join(map(float.hex, data[:3]))
    match MODE:
        case "honest" | "says more" | "has too few t":
            answer(number, estimates=good, rank=2, seconds=1e-9)
        case "told":
            answer(number, estimates=os.environ["FAKE_ESTIMATES"])
        case "plain numbers":
            answer(number, estimates=data[:3])
        case "decimal comma":
            answer(number, estimates="0,5 1,25 2")
        case "nan":
            answer(number, estimates="1 nan 2")
        case "na":
            answer(number, estimates="1 NA 2")
        case "few":
            answer(number, estimates="1 2")
        case "word":
            answer(number, estimates="1 two 3")
        case "no estimates":
            answer(number, rank=1)
        case "half a rank":
            answer(number, estimates=good, rank=1.5)
        case "unknown key":
            answer(number, coefs=good)
        case "no json":
            say("@linbench coefficients: 1 2 3\n")
        case "wrong number":
            answer(7, estimates=good)
        case "twice":
            answer(number, estimates=good)
            answer(number, estimates=good)
        case "lies":
            answer(number, estimates=good, seconds=3600)
        case "negative time":
            answer(number, estimates=good, seconds=-1)
        case "noise":
            say("Loading required package: noise\nprogress 50 % ")
            sys.stderr.write("a warning\n" * 50_000)
            answer(number, estimates=good)
        case "closed words":
            os.close(2)
            answer(number, estimates=good)
        case "endless noise":
            while True:
                say("noise " * 10_000)
        case "dies":
            sys.stderr.write("first\nSegmentation is near\n")
            sys.exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hangs":
            say("still thinking\n")
            hang()
        case "half an answer":
            say('@linbench {"id": 2, "estimates": "1 ')
            hang()
        case "errs":
            answer(number, error="singular matrix")
        case "finds that it cannot":
            answer(number, unsupported="rank deficient")


def main() -> None:
    data: list[float] = []
    while (request := read_line()) is not None:
        if request["do"] == "load":
            data = load(request)
        elif request["do"] == "fit":
            fit(request, data)
        elif MODE == "says more":
            answer(
                request["id"], standard_errors="0.5 1 1.5", t_values="2 -1 NA", p_values="0 0.25 1", f_value="0x1p+3"
            )
        elif MODE == "has too few t":
            answer(request["id"], standard_errors="0.5 1 1.5", t_values="2 -1")
        else:
            answer(request["id"], standard_errors="0.5 NA 1.5", r_squared="0x1p-1")
    if MODE == "outlives its input":
        time.sleep(600)


if __name__ == "__main__":
    main()
