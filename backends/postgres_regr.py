"""PostgreSQL's `regr_slope`, `regr_intercept` and `regr_r2`."""

import os
import shutil
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from backends._console import Console
from backends._engine import Session
from backends._program import Package, Program
from backends._whole import run_whole
from backends.base import Library, Problem, Unsupported

FUNCTION = """CREATE FUNCTION fitted(id int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE begun timestamptz := clock_timestamp(); slope float8; height float8;
BEGIN SELECT regr_slope(y, x), regr_intercept(y, x) INTO slope, height FROM data;
IF slope IS NULL THEN
RETURN format('@lin%s {"id": %s, "unsupported": "%s"}', 'bench', id,
'regr_slope is NULL for a constant column; use numpy_lstsq');
END IF;
RETURN format('@lin%s {"id": %s, "estimates": "%s %s", "seconds": %s}', 'bench', id, height, slope,
extract(epoch FROM clock_timestamp() - begun)); END $$;
"""

VERSION = """SELECT '@lin' || 'bench {"id": 1, "versions": {"PostgreSQL": "'
|| split_part(current_setting('server_version'), ' ', 1) || '"}}';
"""


@dataclass(frozen=True, kw_only=True)
class PostgresRegr(Console):
    """Least squares with PostgreSQL's own aggregates, for one column and an intercept.

    A new database in a scratch folder is served by a single process, ``postgres --single``, without a network. Started
    by root, it runs as the user ``postgres`` or ``nobody``, because it refuses to run as root.

    Attributes
    ----------
    bin : str
        The folder of `initdb` and `postgres`, if not on the path: ``/usr/lib/postgresql/15/bin``, for example.
    """

    library: ClassVar[Library] = Library("backends._program", "PostgreSQL", program=True)
    package: ClassVar[Package] = Package("postgresql", "postgresql")

    program: str = "postgres"
    bin: str = ""

    @classmethod
    def lack(cls) -> str | None:
        """What to install where no server is found."""
        return None if _found("postgres", "") and _found("initdb", "") else cls.package.advice

    def command(self) -> Sequence[str]:
        """A single process on the folder's database."""
        return [_found(self.program, self.bin) or self.program, "--single", "-D", "base", "-j", "-F", "template1"]

    def check(self, problem: Problem) -> None:
        """Refuse a penalty, several columns, and a line through the origin."""
        super().check(problem)
        if problem.X.shape[1] != 1 or not problem.intercept:
            raise Unsupported("regr_slope fits one column and an intercept; use sqlite_sums")
        if len(problem.y) < 2:
            raise Unsupported("regr_slope needs two rows; use numpy_lstsq")

    def load_commands(self, problem: Problem, folder: Path) -> str:
        """A new database, and the data in PostgreSQL's binary format for COPY."""
        table = np.column_stack([problem.y, problem.X]).astype(">f8")
        fields = np.empty(len(table), dtype=[("n", ">i2"), ("s1", ">i4"), ("y", ">f8"), ("s2", ">i4"), ("x", ">f8")])
        fields["n"], fields["s1"], fields["s2"], fields["y"], fields["x"] = 2, 8, 8, table[:, 0], table[:, 1]
        head = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
        (folder / "data.bin").write_bytes(head + fields.tobytes() + struct.pack(">h", -1))
        initdb = _found("initdb", self.bin) or "initdb"
        words = [initdb, "--pgdata=base", "--no-sync", "--auth=trust", "--locale=C.UTF-8", "--username=linbench"]
        _give_to_server(folder)
        run_whole(words, "initdb", self.package, folder, self.deadline, user=_user())
        copy = f"COPY data FROM '{folder / 'data.bin'}' (FORMAT binary);\n"
        return f"CREATE TABLE data (y float8, x float8);\n\n{copy}\n{FUNCTION}\n{VERSION}\n"

    def start_in(self, folder: Path) -> Program:
        """Start the server, as a user that it accepts."""
        name = self.library.distribution
        return Program(self.command(), name, self.package, deadline=self.deadline, cwd=folder, user=_user())

    def commands(self, session: Session, do: Literal["fit", "inference"], number: int) -> str:
        """One call of the function."""
        return f"SELECT fitted({number});\n\n"


def _user() -> str | None:
    """The user to run as; None unless this process is root's."""
    if os.geteuid() != 0:
        return None
    import pwd  # which Windows has not; what reads runs there lists every backend

    names = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _give_to_server(folder: Path) -> None:
    """Make the server's user the owner of the folder and its files."""
    user = _user()
    if user is not None:
        for path in [folder, *folder.iterdir()]:
            shutil.chown(path, user)


def _found(program: str, folder: str) -> str | None:
    """The program's path: in the folder, on the path, or where Debian installs it (the latest version)."""
    if folder:
        return shutil.which(program, path=folder)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True)
    return shutil.which(program) or next(filter(None, (shutil.which(program, path=str(each)) for each in debian)), None)
