"""Checks that a formula holds only columns, Wilkinson's operators, arithmetic and calls of listed functions.

formulaic evaluates the Python inside a formula, but a suite file is data and must not run code. So each formula is
parsed here first, and everything else is refused: attributes, subscripts, lambdas, comprehensions, names that begin
with two underscores, calls of other functions.
"""

import ast
import math
import re
from dataclasses import dataclass

DOT = re.compile(r"(?<![\w.)\"'])\.(?![\w.(])")
"""The dot that stands for all other columns."""

FUNCTIONS = frozenset({
    "C", "I", "poly", "bs", "cs", "center", "scale", "standardize", "log", "log2", "log10", "exp", "Treatment", "Sum",
    "Helmert", "Diff",
})  # fmt: skip
NUMPY = frozenset({
    "abs", "arctan", "cbrt", "ceil", "cos", "exp", "expm1", "floor", "log", "log10", "log1p", "log2", "maximum",
    "minimum", "sign", "sin", "sqrt", "square", "tan", "tanh",
})  # fmt: skip
CONTRASTS = frozenset({"treatment", "sum", "helmert", "diff", "poly"})
MODULES = {"np": NUMPY, "contr": CONTRASTS}
KEYWORDS = frozenset(
    {"base", "contrasts", "degree", "df", "ddof", "include_intercept", "levels", "raw", "center", "scale"}
)
EXPANDING = frozenset({"poly", "bs", "cs"})

MOST_CHARACTERS = 2000
MOST_TERMS = 500
"""In a formula, before categories are expanded into levels."""

MOST_EXPONENT = 32
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.BitXor, ast.MatMult)


@dataclass(frozen=True)
class Checked:
    """A formula that is safe to evaluate."""

    text: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    """``left`` and ``right``: the columns on either side of ``~``."""
    dot: bool
    """Whether it has a dot, for all other columns."""
    categories: frozenset[str] = frozenset()
    """The columns in ``C()``."""


def checked(formula: str) -> Checked:
    """Check a formula without knowing the columns.

    Raises
    ------
    ValueError
        When it is not a formula or holds something that is not allowed. The message names it.
    """
    if len(formula) > MOST_CHARACTERS:
        raise ValueError(f"got {len(formula):,} characters, wanted at most {MOST_CHARACTERS:,}")
    quoted: list[str] = []

    def placeholder(match: re.Match[str]) -> str:
        quoted.append(match[1])
        return f" _quoted_{len(quoted) - 1} "

    if re.search(r"\b_quoted_", formula):
        raise ValueError("got a name that begins with _quoted_, wanted another")
    bare = re.sub(r"`([^`]+)`", placeholder, formula)
    sides = bare.split("~")
    if len(sides) != 2 or not all(side.strip() for side in sides):
        raise ValueError(f'got {formula!r}, wanted one "~" between a target and features, as "price ~ area + rooms"')
    if any("~" in name for name in quoted):
        raise ValueError("got a column with '~' in its name, which formulas cannot have; rename it")
    if "`" in bare:
        raise ValueError(f"got {formula!r}, in which a backtick is not closed")
    right, dots = DOT.subn(" _dot_ ", sides[1])
    try:
        left, rest = (_Side(text, quoted) for text in (sides[0], right))
    except RecursionError:
        raise ValueError("got a formula that is nested too deeply, wanted a simpler one") from None
    if _terms(_tree(sides[0])) != 1:
        raise ValueError(f"got {sides[0].strip()!r} as target, wanted one column, or a function of one")
    named = tuple(name for name in rest.names if name != "_dot_")
    return Checked(formula, left.names, named, dots > 0, frozenset(rest.categories))


def _tree(text: str) -> ast.expr:
    no_formula = f"got {text.strip()!r}, which is no formula; put odd names between backticks"
    if "@" in text:  # Python's operator @ stands for ":" below, which Python does not have
        raise ValueError(no_formula)
    try:
        return ast.parse(text.replace(":", "@").strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(no_formula) from None


class _Side:
    """One side of a formula, checked."""

    def __init__(self, text: str, quoted: list[str]) -> None:
        self._quoted = quoted
        self._names: dict[str, None] = {}
        self.categories: set[str] = set()
        tree = _tree(text)
        self._visit(tree, inside=None)
        if _terms(tree) > MOST_TERMS:
            raise ValueError(f"got a formula of more than {MOST_TERMS} terms, wanted fewer")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._names)

    def _visit(self, node: ast.expr, inside: str | None) -> None:
        match node:
            case ast.Name():
                self._name(node.id)
            case ast.Constant():
                _constant(node.value, inside)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                self._visit(node.operand, inside)
            case ast.BinOp() if isinstance(node.op, OPERATORS):
                if inside in EXPANDING and not _has_name(node):
                    raise ValueError(f"got {_shown(node)} in {inside}, wanted the number itself")
                self._visit(node.left, None)  # a text is no operand
                self._visit(node.right, None)
                if isinstance(node.op, ast.Pow | ast.BitXor):
                    _power(node)
            case ast.Call():
                self._call(node)
            case ast.Tuple():
                raise ValueError(f"got {_shown(node)}, wanted + between columns, as a + b")
            case _:
                raise ValueError(f"got {_shown(node)}, wanted columns, operators and functions such as np.log(x)")

    def _column(self, name: str) -> str:
        match = re.fullmatch(r"_quoted_(\d+)", name)
        return self._quoted[int(match[1])] if match else name

    def _name(self, name: str) -> None:
        if name.startswith("__"):
            raise ValueError(f"got {name!r}, wanted the name of a column; put odd names between backticks")
        self._names[self._column(name)] = None

    def _call(self, node: ast.Call) -> None:
        function = _function(node.func)
        if function == "C" and node.args and isinstance(node.args[0], ast.Name):
            self.categories.add(self._column(node.args[0].id))
        for argument in node.args:
            self._visit(argument, function)
        for keyword in node.keywords:
            if keyword.arg not in KEYWORDS:
                raise ValueError(
                    f"got the argument {keyword.arg!r} of {function}, wanted one of {', '.join(sorted(KEYWORDS))}"
                )
            self._visit(keyword.value, function)


def _function(node: ast.expr) -> str:
    match node:
        case ast.Name() if node.id in FUNCTIONS:
            return node.id
        case ast.Attribute(value=ast.Name(id=module)) if node.attr in MODULES.get(module, ()):
            return f"{module}.{node.attr}"
    known = ", ".join([*sorted(FUNCTIONS), *(f"np.{each}" for each in ("exp", "log", "sqrt", "…"))])
    raise ValueError(f"got the function {_shown(node)}, wanted one of {known}")


def _constant(value: object, inside: str | None) -> None:
    fits = isinstance(value, int | float | str) and (inside is not None or not isinstance(value, str))
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"got {value!r}, wanted a number")
    if inside in EXPANDING and isinstance(value, int | float) and abs(value) > MOST_EXPONENT:
        raise ValueError(f"got {value!r} in {inside}, wanted at most {MOST_EXPONENT}")


def _has_name(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Name) for each in ast.walk(node))


def _power(node: ast.BinOp) -> None:
    """Check that a power is that of a column, to a small number."""
    exponent = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
    small = (
        isinstance(exponent, ast.Constant)
        and isinstance(exponent.value, int | float)
        and exponent.value <= MOST_EXPONENT
    )
    if not small or not _has_name(node.left):
        raise ValueError(f"got {_shown(node)}, wanted a column to a power of at most {MOST_EXPONENT}")


def _terms(node: ast.expr) -> int:
    """An upper bound on the terms of the expanded formula."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            return min(_terms(node.left) + _terms(node.right), MOST_TERMS + 1)
        case ast.BinOp(op=ast.Mult() | ast.Div()):
            left, right = _terms(node.left), _terms(node.right)
            return min(left + right + left * right, MOST_TERMS + 1)
        case ast.BinOp(op=ast.MatMult()):
            return min(_terms(node.left) * _terms(node.right), MOST_TERMS + 1)
        case ast.BinOp(op=ast.Pow() | ast.BitXor()):
            power = getattr(node.right, "value", 1)
            whole = power if isinstance(power, int) else 1
            return sum(math.comb(_terms(node.left), k) for k in range(1, whole + 1))
        case ast.UnaryOp():
            return _terms(node.operand)
    return 1


def _shown(node: ast.AST) -> str:
    text = ast.unparse(node).replace("@", ":")
    return repr(text if len(text) <= 40 else text[:37] + "...")
