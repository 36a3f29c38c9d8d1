"""torch.compile, made to compile before the clock starts and to fail with one line."""

import warnings
from collections.abc import Callable, Iterable
from typing import Any

from backends.base import Missing, Unsupported

MOST_VERSIONS = 1 << 16
"""Most compiled versions per function. At torch's limit of 8 a worker's ninth problem would silently run uncompiled."""


def compiled(function: Callable[..., Any], trials: Iterable[tuple[Any, ...]]) -> Callable[..., Any]:
    """The function, compiled for the shapes of each trial's arguments, forwards and backwards.

    Raises
    ------
    Missing
        When there is no C++ compiler.
    Unsupported
        When torch refuses.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own functions
        try:
            return _compiled(function, trials)
        except RuntimeError as error:
            raise _refusal(error) from error


def _compiled(function: Callable[..., Any], trials: Iterable[tuple[Any, ...]]) -> Callable[..., Any]:
    import torch
    from torch import _dynamo, _inductor

    quick: Callable[..., Any] = torch.compile(function)
    # One thread: a pool of compiling processes would outlive the compiling.
    with _dynamo.config.patch(cache_size_limit=MOST_VERSIONS), _inductor.config.patch(compile_threads=1):
        for arguments in trials:
            quick(*arguments).backward()
    return quick


def _refusal(error: RuntimeError) -> Missing | Unsupported:
    if "InvalidCxxCompiler" in str(error):
        return Missing("torch.compile finds no C++ compiler; install g++, or leave out compile")
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return Unsupported(f"torch.compile refuses ({lines[0]}); leave out compile")
