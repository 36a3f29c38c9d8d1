"""A reference as the cache keeps it: JSON, with floats and integers in hexadecimal, without loss.

A record that is read is checked against its problem: one of another shape, or with a number of another kind, counts as
absent.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from backends.base import Problem
from harness.reference.answer import ExactAnswer, Reference
from harness.reference.attainable import Attainable
from harness.reference.gram import ExactGram
from harness.reference.inference import ExactInference

MOST_HEX_DIGITS = 1 << 22
"""Of a Gram matrix that is kept; a larger one takes longer to read than to compute again."""

_WHOLE = ("degrees_of_freedom", "model_degrees_of_freedom")

T = TypeVar("T")


class _BadRecordError(ValueError):
    """A record that does not fit this problem."""


def write(reference: Reference) -> dict[str, Any]:
    """A reference as JSON values."""
    return {
        **{each.name: _plain(getattr(reference, each.name)) for each in fields(reference)},
        "inference": None if reference.inference is None else _plain_fields(reference.inference),
        "attainable": _plain_fields(reference.attainable),
        "exact": {
            **{each.name: _plain(getattr(reference.exact, each.name)) for each in fields(reference.exact)},
            "gram": None if reference.exact.gram is None else plain_gram(reference.exact.gram),
        },
    }


def _plain_fields(value: Any) -> dict[str, Any]:
    return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, Fraction):
        return f"{value.numerator:x}/{value.denominator:x}"
    if isinstance(value, tuple | np.ndarray):
        return [_plain(each) for each in value]
    return value if isinstance(value, int | str) else None


def plain_gram(gram: ExactGram) -> dict[str, Any] | None:
    """A Gram matrix as JSON values; None where it is too large to keep."""
    size = len(gram.products)
    bits = sum(gram.products[j][j].bit_length() for j in range(size)) * size // 2
    if bits > 4 * MOST_HEX_DIGITS:
        return None
    lower = [f"{gram.products[j][k]:x}" for j in range(size) for k in range(j + 1)]
    return {"products": " ".join(lower), "exponents": gram.exponents, "n_samples": gram.n_samples}


def read(record: Mapping[str, Any], problem: Problem) -> Reference | None:
    """The reference in a record; None where the record does not fit this problem."""
    try:
        return _Reader(problem).reference(record)
    except (KeyError, TypeError, ValueError, OverflowError, ZeroDivisionError, AttributeError):
        return None


def read_gram(record: Any, columns: int) -> ExactGram | None:
    """The Gram matrix of so many columns that `plain_gram` wrote; None where the record does not fit."""
    try:
        return _gram(record, columns)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


class _Reader:
    def __init__(self, problem: Problem) -> None:
        rows, self.p = problem.X.shape
        self.n = rows if problem.weights is None else int(np.count_nonzero(problem.weights))
        self.parameters = self.p + problem.intercept
        self.penalised = problem.l2 > 0

    def reference(self, record: Mapping[str, Any]) -> Reference:
        if record["n_parameters"] != self.parameters or (record["inference"] is None) != self.penalised:
            raise _BadRecordError
        return Reference(
            coef=np.array(_many(_number, record["coef"], self.p), dtype=np.float64),
            coef_low=np.array(_many(_number, record["coef_low"], self.p), dtype=np.float64),
            intercept=_number(record["intercept"]),
            intercept_low=_number(record["intercept_low"]),
            rank=_integer(record["rank"], 0, self.parameters),
            n_parameters=self.parameters,
            loss=_number(record["loss"]),
            condition=_number(record["condition"]),
            standard_errors=_optional(record["standard_errors"], self._column),
            r_squared=_optional(record["r_squared"], _number),
            residual_deviation=_optional(record["residual_deviation"], _number),
            inference=_optional(record["inference"], self._inference),
            attainable=self._attainable(record["attainable"]),
            exact=self._exact(record["exact"]),
        )

    def _column(self, values: Any) -> tuple[float, ...]:
        return _many(_number, values, self.parameters)

    def _inference(self, record: Mapping[str, Any]) -> ExactInference:
        kinds: dict[str, Callable[[Any], Any]] = dict.fromkeys((each.name for each in fields(ExactInference)), _number)
        kinds |= dict.fromkeys(("standard_errors", "t_values", "p_values"), self._column)
        kinds |= dict.fromkeys(("confidence_low", "confidence_high"), self._column)
        kinds["r_squared_about"] = _about
        found: dict[str, Any] = {
            name: _optional(record[name], kind) for name, kind in kinds.items() if name not in _WHOLE
        }
        for name in _WHOLE:
            found[name] = _integer(record[name], -1, self.n)
        return ExactInference(**found)

    def _attainable(self, record: Mapping[str, Any]) -> Attainable:
        return Attainable(
            coefficients=self._column(record["coefficients"]),
            bounds=self._column(record["bounds"]),
            fitted=_number(record["fitted"]),
            noise=_number(record["noise"]),
            lost=_integer(record["lost"], 0, self.p),
        )

    def _exact(self, record: Mapping[str, Any]) -> ExactAnswer:
        return ExactAnswer(
            coef=_many(_dyadic, record["coef"], self.p),
            intercept=_dyadic(record["intercept"]),
            minimum=_fraction(record["minimum"]),
            residual=_fraction(record["residual"]),
            fitted=_fraction(record["fitted"]),
            total=_fraction(record["total"]),
            gram=_optional(record["gram"], self._gram),
        )

    def _gram(self, record: Mapping[str, Any]) -> ExactGram:
        found = _gram(record, self.p + 2)
        if found.n_samples != self.n:
            raise _BadRecordError
        return found


def _gram(record: Mapping[str, Any], size: int) -> ExactGram:
    lower = [int(each, 16) for each in record["products"].split(" ")]
    if len(lower) != size * (size + 1) // 2:
        raise _BadRecordError
    products = [[0] * size for _ in range(size)]
    values = iter(lower)
    for j in range(size):
        for k in range(j + 1):
            products[j][k] = products[k][j] = next(values)
    exponents = list(_many(_exponent, record["exponents"], size))
    return ExactGram(products, exponents, _integer(record["n_samples"], 0, 2**63))


def _about(value: Any) -> str:
    if value not in ("mean", "zero"):
        raise _BadRecordError
    return str(value)


def _many(kind: Callable[[Any], T], values: Any, count: int) -> tuple[T, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        raise _BadRecordError
    return tuple(kind(each) for each in values)


def _optional(value: Any, kind: Callable[[Any], T]) -> T | None:
    return None if value is None else kind(value)


def _number(text: Any) -> float:
    value = float.fromhex(text)
    if math.isnan(value):
        raise _BadRecordError
    return value


def _integer(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _BadRecordError
    return value


def _exponent(value: Any) -> int:
    return _integer(value, -2200, 2200)


def _fraction(text: Any) -> Fraction:
    if not isinstance(text, str):
        raise _BadRecordError
    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator, 16), int(denominator, 16))


def _dyadic(text: Any) -> Fraction:
    value = _fraction(text)
    if value.denominator & (value.denominator - 1):
        raise _BadRecordError
    return value
