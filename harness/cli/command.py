"""The application: its entry point, and its exit."""

import gc
import os
import re
import signal
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from harness import __version__
from harness.cli.crashes import INTERNAL_ERROR, crash_report, system_error
from harness.cli.output import put, say
from harness.cli.slips import meant_by, meant_by_word
from harness.cli.streams import settle_streams
from harness.errors import LinbenchError, UsageError

app = typer.Typer(
    help="linbench: which implementation of linear regression gives the right coefficients, and how fast.",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130
"""The exit code after Ctrl-C, as in shells."""

MOST_NEW = 1_000_000
"""New objects before a garbage collection: the many objects from imports and run files are no garbage."""


PYDANTIC = re.compile("Value error, |, unable to parse string as an? (number|integer)")
"""Pydantic's words in typer's messages, which tell a user nothing."""


def main() -> NoReturn:
    """Run the command and exit; any error is one line, with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    gc.set_threshold(MOST_NEW)
    settle_streams()
    try:
        code = _exit_code()
    except KeyboardInterrupt:  # a second one, while the first was handled
        code = INTERRUPTED
    sys.stderr.flush()
    os._exit(_flushed(code))  # all files are closed, and freeing a large run takes a while


def _exit_code() -> int:
    """Run the command, and return its exit code; 1 is for verdicts, not errors."""
    try:
        ended = app(standalone_mode=False, prog_name="linbench")
        return ended if isinstance(ended, int) else 0  # a verb returns None; typer returns the code of an Exit
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer exits with 1 when the reader is gone
            return 0
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BrokenPipeError:
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - the outer boundary
        line, code = _line_of(error)
        say(line)
        return code


def _line_of(error: BaseException) -> tuple[str, int]:
    """The message about an error, and the exit code."""
    if isinstance(error, LinbenchError):
        line, code = str(error), error.exit_code
    elif isinstance(error, TyperException):
        line, code = _misused(error), UsageError.exit_code
    elif refused := system_error(error):
        line, code = refused, LinbenchError.exit_code
    else:
        line, code = crash_report(error), INTERNAL_ERROR
    return f"linbench: {line}", code


def _misused(error: Any) -> str:
    """Typer's message about a wrong command, as one line."""
    context = getattr(error, "ctx", None)
    message = PYDANTIC.sub("", " ".join(error.format_message().split())).rstrip(".")
    message = message.replace("Input should be", "wanted").replace("greater than or equal to", "at least")
    verb = getattr(context, "info_name", "")
    meant = ""
    if "No such option" in message:
        meant = meant_by(getattr(error, "option_name", ""), verb)
    elif found := re.match(r"No such command '(.*?)'", message):
        meant = meant_by_word(found[1])
    return f"{message}{meant}; see `{context.command_path if context else 'linbench'} --help`"


def _flushed(code: int) -> int:
    """Flush standard output; the exit code, changed if that fails."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader is gone
        return 0
    except OSError as error:
        if code in (0, 1):  # otherwise an error has been reported already
            say(f"linbench: standard output: cannot be written: {error.strerror}")
            return LinbenchError.exit_code
    return code


def _interrupt(number: int, frame: object) -> NoReturn:  # noqa: ARG001 - a signal handler's arguments
    raise KeyboardInterrupt


def _version(value: bool) -> None:
    if value:
        put(f"linbench {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback has printed it
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        put(context.get_help())
        raise typer.Exit(UsageError.exit_code)
