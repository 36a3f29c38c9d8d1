"""What an environment's ``requires`` may contain: names with versions, and nothing that could run code."""

import re

from packaging.requirements import InvalidRequirement, Requirement

WANTED = 'wanted "name", "name[extra]==1.2" or "name>=1.2; python_version < \'3.13\'"'

ALLOW = "only `linbench run --allow-any-requirement` accepts a URL or a path"


def check_requirement(text: str, *, anything: bool = False) -> None:
    """Refuse a requirement other than a name with extras, versions and a marker.

    With ``anything``, URLs and paths are also accepted, whose installation may run their code; but never an option, a
    second line or a variable of a requirements file.

    Raises
    ------
    ValueError
        When it is refused.
    """
    hidden = [char for char in text if not char.isprintable()]
    if hidden or re.search(r"(^|\s)-|\$\{|\\|(^|\s)#", text) or not text.strip():
        raise ValueError(f"got {text!r}, {WANTED}; options, variables and second lines are never accepted")
    if not anything and is_direct(text):
        raise ValueError(f"got {text!r}, {WANTED}; {ALLOW}")


def is_direct(text: str) -> bool:
    """Whether a requirement is a URL or a path, or anything but a name."""
    try:
        return Requirement(text).url is not None
    except InvalidRequirement:
        return True
