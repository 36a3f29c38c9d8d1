"""Load datasets until standard input ends. The one argument is the process's set-up in JSON."""

import importlib
import json
import os
import sys
from dataclasses import asdict
from typing import Any

import numpy as np

from backends.base import Array
from harness.datasets.base import Data, Dataset
from harness.errors import LinbenchError
from harness.loader.problem_values import problem_values
from harness.worker.failures import failure, first_line
from harness.worker.system import claim_pipes, die_with_parent, limit_memory

Message = dict[str, Any]


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
        answers.write(json.dumps({"id": request["id"], **loader.answer(request)}) + "\n")


class Loaded:
    """The dataset that was loaded last."""

    def __init__(self) -> None:
        self._last: tuple[Dataset, Data] | None = None

    def answer(self, request: Message) -> Message:
        """Do what is asked; whatever is wrong with the data becomes a status with a reason."""
        try:
            return {"answer": self._load(request) if request["do"] == "load" else self._certify()}
        except LinbenchError as error:
            return {"failed": {"status": "error", "reason": first_line(error)}}
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the data is a row of the table
            return failure(error)

    def _load(self, request: Message) -> Message:
        """Make the problem and save its arrays."""
        self._last = None
        kind = getattr(importlib.import_module(request["module"]), request["class"])
        options = {key: tuple(value) if isinstance(value, list) else value for key, value in request["options"].items()}
        dataset: Dataset = kind(**options)
        data = dataset.data(request["dtype"])
        _save(data, request["files"])
        self._last = dataset, data
        return {
            "record": problem_values(request["label"], request["dtype"], data),
            "intercept": data.problem.intercept,
            "l2": data.problem.l2,
            "has_test": data.X_test is not None,
        }

    def _certify(self) -> Message:
        from harness.reference.decimals import certify  # what loading does not wait for

        assert self._last is not None  # noqa: S101 - it is asked for after loading
        dataset, data = self._last
        self._last = None
        return asdict(certify(dataset, data))


def _save(data: Data, files: dict[str, str]) -> None:
    arrays = {"X": data.problem.X, "y": data.problem.y, "X_test": data.X_test, "y_test": data.y_test}
    for name, array in arrays.items():
        if array is not None:
            _save_one(array, files[name])


def _save_one(array: Array, path: str) -> None:
    np.save(path, array, allow_pickle=False)
    os.chmod(path, 0o400)  # noqa: PTH101 - nobody is to write to it again


if __name__ == "__main__":
    main()
