"""Imports a worker's library: an installed module, or the user's own file."""

import importlib
from types import ModuleType

from harness.worker.failures import USER_FILES


def is_file(library: str) -> bool:
    """Whether ``library`` is the path of a file rather than a module's name."""
    return library.endswith(".py")


def import_library(library: str) -> ModuleType:
    """Import the module. A file is remembered, so that errors show its lines.

    Raises
    ------
    ImportError
        When it is missing. Other errors of the module itself propagate.
    """
    if not is_file(library):
        return importlib.import_module(library)
    USER_FILES.add(library)
    module: ModuleType = importlib.import_module("backends._own").import_library(library)
    return module
