"""Importing what a worker is for: an installed library, or a file of somebody's own."""

import importlib
from types import ModuleType

from harness.worker.failures import OWN_FILES


def is_file(library: str) -> bool:
    """Whether this is the path of a file, and no module's name."""
    return library.endswith(".py")


def imported(library: str) -> ModuleType:
    """The module. A file is remembered: errors are told by its lines.

    Raises
    ------
    ImportError
        When there is none. Whatever else it raises goes on its way.
    """
    if not is_file(library):
        return importlib.import_module(library)
    OWN_FILES.add(library)
    module: ModuleType = importlib.import_module("backends._own").import_library(library)
    return module
