"""Load datasets until standard input ends. The one argument is the process's set-up in JSON."""

import importlib
import json
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from harness.datasets.base import Blocks, Data, Dataset
from harness.errors import LinbenchError
from harness.loader.on_disk import on_disk
from harness.loader.problem_values import problem_values
from harness.passes import Passes, Tell, untold
from harness.worker.failures import failure, first_line
from harness.worker.system import claim_pipes, die_with_parent, limit_memory

Message = dict[str, Any]

MEMORY_SHARE = 4
"""Data of no more than this part of the memory are made in it: scaling and casting take some copies."""


def main() -> None:
    """Set the process up and answer."""
    setup = json.loads(sys.argv[1])
    die_with_parent(setup["parent"])
    requests, answers = claim_pipes()
    limit_memory(setup["memory"])
    answers.write(json.dumps({"id": 0, "answer": {}}) + "\n")
    loader = Loaded()
    for line in requests:
        request = json.loads(line)

        def say(reply: Message, number: int = request["id"]) -> None:
            answers.write(json.dumps({"id": number, **reply}) + "\n")

        say(loader.answer(request, lambda text: say({"doing": text})))


class Loaded:
    """The dataset that was loaded last."""

    def __init__(self) -> None:
        self._last: tuple[Dataset, Data] | None = None

    def answer(self, request: Message, tell: Tell = untold) -> Message:
        """Do what is asked; whatever is wrong with the data becomes a status with a reason."""
        try:
            return {"answer": self._load(request, tell) if request["do"] == "load" else self._certify()}
        except LinbenchError as error:
            return {"failed": {"status": "error", "reason": first_line(error)}}
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the data is a row of the table
            return failure(error)

    def _load(self, request: Message, tell: Tell) -> Message:
        """Make the problem and save its arrays."""
        self._last = None
        kind = getattr(importlib.import_module(request["module"]), request["class"])
        options = {key: tuple(value) if isinstance(value, list) else value for key, value in request["options"].items()}
        dataset: Dataset = kind(**options)
        data = _made(dataset, request, tell)
        self._last = dataset, data
        return {
            "record": problem_values(request["label"], request["dtype"], data),
            "intercept": data.problem.intercept,
            "l2": data.problem.l2,
            "has_test": data.X_test is not None,
            "many": data.ranges is not None,
            "weighted": data.problem.weights is not None,
        }

    def _certify(self) -> Message:
        from harness.reference.decimals import CertifiedEstimates, certify  # what loading does not wait for

        assert self._last is not None  # noqa: S101 - it is asked for after loading
        dataset, data = self._last
        self._last = None
        if data.ranges is not None:
            return asdict(CertifiedEstimates(None, "none", "of many fits none is certified"))
        return asdict(certify(dataset, data))


def _made(dataset: Dataset, request: Message, tell: Tell) -> Data:
    """The dataset, ready, its arrays in their files: streamed there, or made in memory and saved."""
    files = {name: Path(path) for name, path in request["files"].items()}
    blocks = _blocks(dataset, request["data"], request["memory"])
    if blocks is None:
        data = dataset.data(request["dtype"])
        _save(data, files)
    else:
        data = on_disk(dataset, blocks, request["dtype"], files, Passes(request["label"], tell))
    for path in files.values():
        with suppress(FileNotFoundError):  # no rows are kept back
            path.chmod(0o400)  # nobody is to write to it again
    return data


def _blocks(dataset: Dataset, where: str, memory: int) -> Blocks | None:
    """The rows as a stream; None where they are made in memory, as long as they are few beside it."""
    if dataset.many or where == "memory" or (where == "auto" and dataset.expected_bytes() <= memory // MEMORY_SHARE):
        return None
    return dataset.blocks()


def _save(data: Data, files: dict[str, Path]) -> None:
    arrays = {
        "X": data.problem.X,
        "y": data.problem.y,
        "weights": data.problem.weights,
        "X_test": data.X_test,
        "y_test": data.y_test,
        "weights_test": data.weights_test,
        "ranges": data.ranges,
    }
    for name, array in arrays.items():
        if array is not None:
            np.save(files[name], array, allow_pickle=False)


if __name__ == "__main__":
    main()
