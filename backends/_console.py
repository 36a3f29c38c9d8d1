"""Backends over interpreters that are told what to do in their own language, line by line, on standard input."""

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
    """Least squares in an interpreter: data in files of a folder of their own, requests as commands.

    The commands print the answer themselves, as the protocol has it. An interpreter that echoes what it reads would
    echo the mark too: commands put it together from two halves.
    """

    @abstractmethod
    def load_commands(self, problem: Problem, folder: Path) -> str:
        """Write the data into the folder; the commands that read them and answer request 1 with the versions."""

    @abstractmethod
    def commands(self, session: Session, do: Literal["fit", "inference"], number: int) -> str:
        """The commands that answer a request."""

    def prepare(self, problem: Problem, device: Device) -> Session:
        """Write the data, start the interpreter and have it read them.

        Raises
        ------
        Unsupported, Missing
            As `check`, and where the program is not there.
        """
        self.check(problem)
        scratch = Scratch()
        commands = self.load_commands(problem, scratch.path)
        program = self.start_in(scratch.path)
        session = Session(program, problem.intercept, problem.X.shape[1] + problem.intercept, keep=scratch)
        session.greet(session.program.ask([commands.encode()]))
        return session

    def start_in(self, folder: Path) -> Program:
        """The interpreter, started with the folder as its own."""
        return Program(self.command(), self.library.distribution, self.package, deadline=self.deadline, cwd=folder)

    def request(self, session: Session, do: Literal["fit", "inference"], number: int) -> bytes:
        """The commands, as bytes."""
        return self.commands(session, do, number).encode()
