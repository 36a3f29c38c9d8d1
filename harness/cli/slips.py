"""Advice on plausible but wrong words in a command: what was probably meant, in one line."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import UsageError

PAGES = (".html", ".htm")

MEANT = {
    "-o": "results go to standard output, so `> FILE` writes them to a file",
    "--out": "results go to standard output, so `> FILE` writes them to a file",
    "--output": "results go to standard output, so `> FILE` writes them to a file",
    "--csv": "it is --format csv",
    "--json": "it is --format json",
    "--markdown": "it is --format markdown",
}
"""Options of other programs, and what does the same in every verb."""

MEANT_BY_TRY = {
    **dict.fromkeys(("-o", "--out", "--output"), "--html writes the report, --save FILE.toml the suite, `> FILE` the "
                                                 "table"),
    "--formula": 'the formula follows the file: linbench try FILE "price ~ area + rooms"',
    "--y": "the column to predict is --target COLUMN",
    "--own": "your own function is --with FILE.py:NAME",
    "--report": "it is --html",
}  # fmt: skip
"""The same for `try`, where it differs."""


def meant_by(option: str, verb: str) -> str:
    """The end of the message about an unknown option; empty if it is not a known slip."""
    meant = {**MEANT, **(MEANT_BY_TRY if verb == "try" else {})}.get(option, "")
    return f"; {meant}" if meant else ""


def meant_by_word(word: str) -> str:
    """The end of the message about an unknown verb; empty unless it is the name of a file."""
    return f"; to fit a file of data: linbench try {word} --target COLUMN" if _is_there(word) else ""


def check_names(own: Sequence[str], backends: Sequence[str]) -> None:
    """Check that each ``--with`` names a function, and each ``--backend`` one backend.

    Raises
    ------
    UsageError
        When one does not. The message says what to write.
    """
    from harness.catalog import backend_names

    for each in own:
        if ":" not in each and each not in backend_names():
            module, _, name = each.rpartition(".")
            such = f"{each}:fit" if name == "py" else f"{module or 'mine.py'}:{name if module else 'fit'}"
            raise UsageError(f"--with {each}: wanted FILE.py:NAME or package.module:Class, such as --with {such}")
    for each in backends:
        if "," in each:
            apart = " ".join(f"--backend {name.strip()}" for name in each.split(","))
            raise UsageError(f"--backend {each}: wanted one name, and the option repeated: {apart}")


def check_question(data: str, formula: str, further: Sequence[str], target: Sequence[str] = ()) -> None:
    """Check that the words given to `try` are one source of data and at most one formula.

    Parameters
    ----------
    data, formula : str
        The first word and the second, which may be empty.
    further : sequence of str
        The words after them.
    target : sequence of str
        The columns that ``--target`` names.

    Raises
    ------
    UsageError
        When they cannot. The message says what to write.
    """
    words = [formula, *further] if formula else []
    if "~" in data.lstrip("~") and not Path(data).exists():
        where = next((each for each in words if _is_there(each)), "FILE")
        raise UsageError(f'try: got the formula {data!r} first, wanted the data: linbench try {where} "{data}"')
    for word in words:
        _check_name(data, word)
    if further:
        raise UsageError(f"try: {_too_many(data, words)}")
    if formula and "~" not in formula and formula.replace("_", "").isalnum():
        if target:
            raise UsageError(f"try: got {formula!r} beside --target; columns to predict from are --features {formula}")
        raise UsageError(
            f'try: got {formula!r}, wanted a formula such as "{formula} ~ a + b"; to predict {formula} from all other '
            f"columns: linbench try {data} --target {formula}"
        )


def _check_name(data: str, word: str) -> None:
    """Check that a word is not the name of a file for which there is an option."""
    if word.endswith(PAGES):
        raise UsageError(
            f"try: got {word!r} in the place of a formula; --html takes no name: it writes the report and prints where"
        )
    if word.endswith(".toml"):
        raise UsageError(f"try: got {word!r} in the place of a formula; to write the suite there: --save {word}")
    if word.endswith(".py") or ".py:" in word:
        raise UsageError(f"try: got {word!r} in the place of a formula; your own function is --with FILE.py:NAME")
    if _is_there(word):
        raise UsageError(
            f"try: got two files, {data} and {word}, wanted one; a pattern between quotes reads several as one: "
            f'"{Path(word).parent / f"*{Path(word).suffix}"}"'
        )


def _too_many(data: str, words: Sequence[str]) -> str:
    home = str(Path.home())
    whole = " ".join(f"~{word.removeprefix(home)}" if word.startswith(home) else word for word in words)
    if "~" in whole:
        return f'got the formula in {len(words)} words, wanted it between quotes: linbench try {data} "{whole}"'
    some = ", ".join(map(repr, words[1:]))
    return f"got {some} beside {words[0]!r}, wanted one formula between quotes; columns go with commas: --features a,b"


def _is_there(word: str) -> bool:
    try:
        return Path(word).is_file()
    except (OSError, ValueError):  # too long to be one
        return False
