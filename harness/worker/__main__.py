"""Serve requests until standard input ends. The one argument is the worker's set-up in JSON."""

import json
import sys

from harness.worker.session import FIRST_CONTROLS, Session
from harness.worker.system import claim_pipes, die_with_parent, fix_allocator_thresholds, limit_memory


def main() -> None:
    """Set up the process, import the library, answer requests."""
    setup = json.loads(sys.argv[1])
    die_with_parent(setup["parent"])
    fix_allocator_thresholds()
    requests, answers = claim_pipes()
    limit_memory(setup["memory"])
    encode, decode = json.dumps, json.loads  # bound before a backend can patch them
    session = Session(setup.get("controls") or FIRST_CONTROLS)
    answers.write(encode({"id": 0, **session.start(setup)}) + "\n")
    for line in requests:
        request = decode(line)
        answers.write(encode({"id": request["id"], **session.answer(request)}) + "\n")


if __name__ == "__main__":
    main()
