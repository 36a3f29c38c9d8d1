"""``python -m harness`` is ``linbench``."""

import contextlib
import os
import sys
from pathlib import Path
from typing import NoReturn

INTERRUPTED, UNABLE = 130, 70


def main() -> NoReturn:
    """Import and run the command; a broken installation is one line, with an exit code of its own."""
    root = str(Path(__file__).resolve().parents[1])
    if sys.path[:1] != [root]:
        sys.path.insert(0, root)  # `python -m` searches the current folder first, which may have another `backends`
    try:
        from harness.cli import main as command
    except KeyboardInterrupt:
        os._exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - nothing above would report it
        line = f"linbench: cannot start: {type(error).__name__}: {error}; install it again\n"
        with contextlib.suppress(OSError):
            os.write(2, line.encode(errors="backslashreplace"))
        os._exit(UNABLE)
    command()


if __name__ == "__main__":
    main()
