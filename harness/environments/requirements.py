"""What may stand in an environment's ``requires``: names with versions, and nothing that could do more than that."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement

WANTED = 'wanted "name", "name[extra]==1.2" or "name>=1.2; python_version < \'3.13\'"'

ALLOW = "a URL or a path is taken only by `linbench run --allow-any-requirement`"


def check_requirement(text: str, *, anything: bool = False) -> None:
    """Refuse a requirement that is more than a name with extras, versions and a marker.

    Parameters
    ----------
    anything : bool
        Take URLs and paths too, whose installation may run their code. Never an option, a second line or a variable
        of the installer's requirements file.

    Raises
    ------
    ValueError
        What was got, what is wanted.
    """
    hidden = [char for char in text if not char.isprintable()]
    if hidden or re.search(r"(^|\s)-|\$\{|\\|(^|\s)#", text) or not text.strip():
        raise ValueError(f"got {text!r}, {WANTED}; an option, a variable or a second line is never taken")
    if not anything and is_direct(text):
        raise ValueError(f"got {text!r}, {WANTED}; {ALLOW}")


def is_direct(text: str) -> bool:
    """Whether a requirement is a URL or a path, or at any rate no name of an index."""
    try:
        return Requirement(text).url is not None
    except InvalidRequirement:
        return True
