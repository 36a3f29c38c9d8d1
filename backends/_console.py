"""Backends that drive an interpreter in its own language, by commands on standard input."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backends._engine import Engine, Session
from backends._program import Program
from backends._scratch import Scratch
from backends.base import Device, Problem


@dataclass(frozen=True, kw_only=True)
class Console(Engine):
    """Least squares in an interpreter: the data in files in a scratch folder, the requests as commands.

    The commands print the answer themselves, in the protocol's form. They join the mark from two halves, because an
    interpreter may echo what it reads.
    """

    @abstractmethod
    def load_commands(self, problem: Problem, folder: Path) -> str:
        """Write the data into the folder; return the commands that read them and answer request 1 with the versions."""

    @abstractmethod
    def commands(self, session: Session, do: Literal["fit", "inference"], number: int) -> str:
        """The commands that answer a request."""

    def prepare(self, problem: Problem, device: Device) -> Session:
        """Write the data, start the interpreter and have it read them.

        Raises
        ------
        Unsupported, Missing
            As `check`, and when there is no such program.
        """
        self.check(problem)
        scratch = Scratch()
        commands = self.load_commands(problem, scratch.path)
        program = self.start_in(scratch.path)
        session = Session(program, problem.intercept, problem.X.shape[1] + problem.intercept, keep=scratch)
        session.greet(session.program.ask([commands.encode()]))
        return session

    def start_in(self, folder: Path) -> Program:
        """Start the interpreter in the folder."""
        return Program(self.command(), self.library.distribution, self.package, deadline=self.deadline, cwd=folder)

    def request(self, session: Session, do: Literal["fit", "inference"], number: int) -> bytes:
        """The commands, as bytes."""
        return self.commands(session, do, number).encode()
