"""The application: its entry, and how it ends."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from io import TextIOWrapper
from typing import Annotated, NoReturn

import typer

from harness import __version__
from harness.cli.output import put, say
from harness.errors import LinbenchError

app = typer.Typer(
    help="linbench: which implementation of linear regression gives the right coefficients, and how fast.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""

MOST_NEW = 1_000_000
"""New objects before the collector looks for garbage: what is imported and read is none, and there is much of it."""


def main() -> NoReturn:
    """Run the command and leave; every error that has a message is one line, with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    gc.set_threshold(MOST_NEW)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what an ASCII stream cannot hold, and lone surrogates
    code = _exit_code()
    with contextlib.suppress(BrokenPipeError):  # whoever was reading has seen enough
        sys.stdout.flush()
    os._exit(code)  # all that was opened is closed; to free a large run number by number takes a tenth of a second


def _exit_code() -> int:
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except LinbenchError as error:
        say(f"linbench: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        pass
    return 0


def _interrupt(number: int, frame: object) -> NoReturn:  # noqa: ARG001 - a signal handler's arguments
    raise KeyboardInterrupt


def _version(value: bool) -> None:
    if value:
        put(f"linbench {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass
