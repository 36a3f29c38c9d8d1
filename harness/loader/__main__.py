"""Load datasets until standard input ends. The one argument is the process's set-up in JSON."""

import importlib
import json
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from harness.datasets.base import Data, Dataset
from harness.errors import LinbenchError
from harness.loader.on_disk import clear, is_streamed, on_disk
from harness.loader.preparation import Preparation, preparation
from harness.loader.problem_values import problem_values
from harness.passes import Passes, Tell, untold
from harness.worker.failures import failure, first_line
from harness.worker.system import claim_pipes, die_with_parent, limit_memory

Message = dict[str, Any]


def main() -> None:
    """Set up the process and answer requests."""
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
        self._certified: Message = {}

    def answer(self, request: Message, tell: Tell = untold) -> Message:
        """Answer a request; whatever is wrong with the data becomes a status with a reason."""
        try:
            return {"answer": self._load(request, tell) if request["do"] == "load" else self._certify()}
        except LinbenchError as error:
            return {"failed": {"status": "error", "reason": first_line(error)}}
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the data ends as a row
            return failure(error)

    def _load(self, request: Message, tell: Tell) -> Message:
        """Make the problem and save its arrays, unless an earlier process has done so."""
        self._last, self._certified = None, {}
        with preparation(Path(request["kept"]) if request["kept"] else None) as kept:
            if (found := kept.answer()) is not None:
                self._certified = found["certified"]
                return dict(found["loaded"])
            return self._made(request, tell, kept)

    def _made(self, request: Message, tell: Tell, kept: Preparation) -> Message:
        """Make the problem, and put its arrays into their files: streamed, or made in memory and saved."""
        dataset = _dataset(request)
        files = {name: Path(path) for name, path in request["files"].items()}
        asked = is_streamed(dataset, request["data"], request["memory"])
        blocks = dataset.blocks() if asked else None
        if blocks is None:
            data = dataset.data(request["dtype"])
            _save(data, files)
        else:
            data = on_disk(dataset, blocks, request["dtype"], files, Passes(request["label"], tell), kept)
        for path in files.values():
            with suppress(FileNotFoundError):  # not every problem has every array
                path.chmod(0o400)  # against accidental writes
        self._last = dataset, data
        loaded = {
            "record": problem_values(request["label"], request["dtype"], data),
            "intercept": data.problem.intercept,
            "l2": data.problem.l2,
            "has_test": data.X_test is not None,
            "many": data.ranges is not None,
            "weighted": data.problem.weights is not None,
            "named": data.group_names is not None,
        }
        if blocks is not None:
            if kept.folder is not None:
                kept.finish({"loaded": loaded, "certified": self._certify()}, files.values())
            clear(files)
        return loaded

    def _certify(self) -> Message:
        from harness.reference.decimals import CertifiedEstimates, certify  # what loading does not wait for

        if self._last is not None:
            dataset, data = self._last
            self._last = None
            none = CertifiedEstimates(None, "none", "of many fits none is certified")
            self._certified = asdict(none if data.ranges is not None else certify(dataset, data))
        return self._certified


def _dataset(request: Message) -> Dataset:
    kind = getattr(importlib.import_module(request["module"]), request["class"])
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in request["options"].items()}
    dataset: Dataset = kind(**options)
    return dataset


def _save(data: Data, files: dict[str, Path]) -> None:
    arrays = {
        "X": data.problem.X,
        "y": data.problem.y,
        "weights": data.problem.weights,
        "X_test": data.X_test,
        "y_test": data.y_test,
        "weights_test": data.weights_test,
        "ranges": data.ranges,
        "group_names": data.group_names,
    }
    for name, array in arrays.items():
        if array is not None:
            files[name].unlink(missing_ok=True)
            np.save(files[name], array, allow_pickle=False)


if __name__ == "__main__":
    main()
