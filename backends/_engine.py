"""Backends over programs outside Python: how a problem becomes a request, and an answer a `Fit`."""

import json
import shutil
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from backends._answer import Answer
from backends._program import Bytes, Package, Program
from backends.base import Backend, Device, Fit, Inference, Missing, Problem, Unsupported, option

FOLDER = Path(__file__).parent
"""The folder of the programs' scripts."""

PER_PARAMETER = ("t_values", "p_values", "confidence_low", "confidence_high")
PER_FIT = tuple(name for name in Inference._fields if name not in ("standard_errors", *PER_PARAMETER))
"""What a program may report beside the standard errors: a number per parameter, or one per fit."""


@dataclass(eq=False)
class Session:
    """A program that has been given its data."""

    program: Program
    intercept: bool
    parameters: int
    """Coefficients and intercept."""
    versions: dict[str, str] = field(default_factory=dict)
    """Versions that the program reported, by name."""
    keep: object = None
    """An object that must live as long, such as a folder of data."""

    def greet(self, answer: Answer) -> None:
        """Keep the versions in the program's first answer.

        Raises
        ------
        Unsupported, Missing, RuntimeError
            When the answer is a refusal.
        """
        raise_refusal(answer)
        self.versions = {str(name): str(version) for name, version in answer.values.get("versions", {}).items()}


@dataclass(frozen=True, kw_only=True)
class Engine(Backend[Session]):
    """Least squares in another program, one process for each prepared problem, kept alive between fits.

    A subclass says how to start the program (`command`). Its options go to the program with the data. For an
    interpreter without a script here that speaks the protocol, it overrides `prepare` and `request`: see `Console`.

    Attributes
    ----------
    program : str
        The program, by name or path; several versions can stand side by side.
    deadline : float
        Seconds that the program may take to start, to read its data, and for each fit.
    """

    package: ClassVar[Package]

    program: str = ""
    deadline: float = option(60.0, above=0)

    @classmethod
    def lack(cls) -> str | None:
        """What to install where the default program is not found."""
        return None if shutil.which(cls.program) else cls.package.advice

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The words that start the program."""

    def prepare(self, problem: Problem, device: Device) -> Session:
        """Start the program and send it the data.

        Raises
        ------
        Unsupported, Missing
            As `check`, when there is no such program, and when the program refuses.
        """
        self.check(problem)
        session = Session(self.start(), problem.intercept, problem.X.shape[1] + problem.intercept)
        self.load(session, problem)
        return session

    def start(self) -> Program:
        """Start the program."""
        return Program(self.command(), self.library.distribution, self.package, deadline=self.deadline)

    def load(self, session: Session, problem: Problem) -> None:
        """Send the data, and keep the versions that the program answers with."""
        program = session.program
        rows, width = problem.X.shape
        about = {"do": "load", "id": program.requests + 1, "rows": rows, "columns": width}
        about |= {"intercept": int(problem.intercept), "weights": int(problem.weights is not None)}
        about |= {"dtype": str(problem.X.dtype), **self.settings()}
        session.greet(program.ask([json.dumps(about).encode() + b"\n", *columns(problem), b"\n"]))

    def settings(self) -> dict[str, Any]:
        """The options to send with the data: all but those of the process."""
        process = {each.name for each in fields(Engine)}
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name not in process}

    def request(self, session: Session, do: Literal["fit", "inference"], number: int) -> bytes:
        """A request for a fit, or the latest fit's inference; an empty line ends it, for readers that look ahead."""
        return b'{"do": "%s", "id": %d}\n\n' % (do.encode(), number)

    def solve(self, state: Session) -> Fit:
        """Ask for a fit.

        Raises
        ------
        Unsupported
            When the program finds that its method cannot answer.
        """
        program = state.program
        answer = program.ask([self.request(state, "fit", program.requests + 1)], state.parameters)
        raise_refusal(answer)
        values = np.array(answer.finite("estimates", state.parameters))
        coef, intercept = (values[1:], float(values[0])) if state.intercept else (values, 0.0)
        return Fit(
            coef,
            intercept,
            converged=bool(answer.values.get("converged", True)),
            iterations=answer.whole("iterations"),
            rank=answer.whole("rank"),
            inference=(lambda: self._inference(state)) if self.infers() else None,
            own_seconds=answer.own_seconds(),
        )

    def infers(self) -> bool:
        """Whether the program, with these options, has standard errors of its own."""
        return False

    def _inference(self, state: Session) -> Inference:
        program = state.program
        answer = program.ask([self.request(state, "inference", program.requests + 1)], 5 * state.parameters)
        raise_refusal(answer)
        return inference_of(answer, state.parameters)

    def versions(self, state: Session) -> dict[str, str]:
        """As the program reported them."""
        return dict(state.versions)

    def outside_bytes(self, state: Session) -> int:
        """The program's peak of resident memory."""
        return state.program.peak_bytes()

    def outside_cpu_seconds(self, state: Session) -> float:
        """The program's processor seconds."""
        return state.program.cpu_seconds()


def columns(problem: Problem) -> Sequence[Bytes]:
    """The data in the protocol's form: X column by column, y, then weights if any, in little-endian float64."""
    X = np.asfortranarray(problem.X, dtype="<f8").T
    y: NDArray[np.float64] = np.ascontiguousarray(problem.y, dtype="<f8")
    found = [X.data.cast("B"), y.data.cast("B")]
    if problem.weights is not None:
        found.append(np.ascontiguousarray(problem.weights, dtype="<f8").data.cast("B"))
    return found


def inference_of(answer: Answer, parameters: int) -> Inference:
    """Standard errors, and whatever else of `Inference` the answer has; NaN where the program gives no value."""
    said: dict[str, Any] = {name: answer.numbers(name, 1)[0] for name in PER_FIT if name in answer.values}
    for name in PER_PARAMETER:
        if name in answer.values:
            said[name] = np.array(answer.numbers(name, parameters))
    errors = np.array(answer.numbers("standard_errors", parameters))
    return Inference(errors, said.pop("r_squared", None), **said)


def raise_refusal(answer: Answer) -> None:
    """Raise the exception that a program's refusal means.

    Raises
    ------
    Unsupported, Missing, RuntimeError
    """
    if answer.refusal is None:
        return
    kind, why = answer.refusal
    if kind == "unsupported":
        raise Unsupported(f"{answer.name}: {why}")
    if kind == "missing":
        raise Missing(f"{answer.name}: {why}")
    raise RuntimeError(f"{answer.name}: {why}")
