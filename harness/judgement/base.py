"""A score: one function of an answer, with what tables, pages, exports and the gate need to know about it.

Each other module of this package is a score, except `answer`; its name is the score's name and its key in JSON.
`Scores` holds the values for one answer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Generic, Literal, Protocol, TypeVar, get_type_hints

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from harness.catalog import module_names, namesake
from harness.judgement.answer import Answer
from harness.units import ABSENT, number_text

__all__ = ["Answer", "Rule", "Score", "Scored", "Scores", "score", "scores"]

T = TypeVar("T")

PACKAGE = "harness.judgement"
HELPERS = frozenset({"answer", "base"})


class Rule(Enum):
    """How the gate judges a change of a score; one without a rule is shown, not judged."""

    DIGITS = "beyond an absolute floor and what rounding explains"
    RELATIVE = "beyond a relative margin, where digits say too little"


@dataclass(frozen=True, eq=False)
class Score(Generic[T]):
    """One number or word that says how good an answer is."""

    compute: Callable[[Answer], T | None]
    """From an answer to its value, or None where it has none; the function's name and docstring are the score's."""
    heading: str = ""
    """The heading of its column; empty where tables do not show it."""
    place: float = 0.0
    """Columns are ordered by it, left to right."""
    priority: int = 0
    """0: the column is never left out. In a narrow terminal, the column with the highest is dropped first."""
    better: Literal["more", "less"] | None = None
    rule: Rule | None = None
    words: Callable[[Scores], str] | None = None
    """Makes the value's text in tables, from all scores of the row; a formatted number where left out."""
    significant: int = 4
    """Significant digits of the value in a table."""
    decimals: int | None = None
    """Digits after the point, in place of ``significant``."""

    @property
    def name(self) -> str:
        """Its module's name, and its key in JSON."""
        return self.compute.__name__

    @property
    def about(self) -> str:
        """Its description, in one line."""
        return " ".join((self.compute.__doc__ or "").split("\n\n")[0].split())

    @property
    def kind(self) -> Any:
        """The type of its value."""
        return get_type_hints(self.compute)["return"]

    def of(self, scored: Scored) -> T | None:
        """The value of a row or a measurement; None where it has none."""
        value: T | None = scored.scores.get(self.name)
        return value

    def text(self, values: Scores) -> str:
        """The value's text in tables, from all scores of the row."""
        return self.words(values) if self.words else _text(values.get(self.name), self.significant, self.decimals)


def score(**how: Any) -> Callable[[Callable[[Answer], T | None]], Score[T]]:
    """Turn a function of an answer into a `Score`; keywords are that class's fields."""
    return lambda compute: Score(compute, **how)


def _text(value: object, significant: int, decimals: int | None) -> str:
    if value is None:
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return number_text(value, significant) if decimals is None else f"{value:.{decimals}f}"


@cache
def scores() -> Mapping[str, Score[Any]]:
    """Every score there is, by name: one for each module of `harness.judgement`."""
    return {name: namesake(f"{PACKAGE}.{name}", Score) for name in module_names(PACKAGE, but=HELPERS)}


class Scores(Mapping[str, Any]):
    """The scores of one answer, by name; immutable. A score without a value is left out.

    Read them with `Score.of`, which knows their types. Values from JSON are checked against those types; scores that
    this version does not know are left out.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = {name: value for name, value in (values or {}).items() if value is not None}

    @classmethod
    def of(cls, answer: Answer) -> Scores:
        """Every score of a finite answer."""
        return cls({name: each.compute(answer) for name, each in scores().items()})

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Scores({self._values})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Scores:
        return self

    def record(self) -> dict[str, Any]:
        """Every score by name, with None for those without a value."""
        return {name: copy.copy(self._values.get(name)) for name in scores()}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as a typed dictionary, and keep as `Scores`."""
        fields = {
            name: core_schema.typed_dict_field(handler.generate_schema(each.kind), required=False)
            for name, each in scores().items()
        }
        shape = core_schema.typed_dict_schema(fields, extra_behavior="ignore")
        return core_schema.no_info_after_validator_function(
            cls, shape, serialization=core_schema.plain_serializer_function_ser_schema(Scores.record)
        )


class Scored(Protocol):
    """What has scores: a measurement, a row."""

    @property
    def scores(self) -> Scores:
        """The scores of its answer; empty where it has none."""
