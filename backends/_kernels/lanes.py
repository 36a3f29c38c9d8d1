"""One number for each of `WIDTH` problems in a register, so that scalar code runs for all of them at once.

`LANES` is a Numba type with the arithmetic of float64. Given pointers to lanes, a kernel that does not branch on
numbers solves `WIDTH` problems in the time of one. It may branch on the shape and kind of the problems, which they
share. Lanes never mix, so that no answer depends on its neighbours.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, models, register_model

from backends._kernels.language import (
    DOUBLE,
    INT64,
    VECTOR,
    WIDTH,
    ZEROS,
    in_llvm,
    multiply_add,
    repeated,
    shuffled,
    zeros,
)


class _Lanes(types.Type):  # type: ignore[misc]
    """The Numba type; a number converts to the same number in every lane."""

    def __init__(self) -> None:
        super().__init__(name="Lanes")

    def can_convert_from(self, _typing: Any, other: Any) -> Any:
        """Whether the other type is a number."""
        return Conversion.safe if isinstance(other, types.Float | types.Integer) else None


TALL = WIDTH // 2
"""Columns whose products with four others are summed at once."""

Lanes = Any
"""For annotations."""
LANES = _Lanes()


@register_model(_Lanes)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    """A register."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


def _repeat(context: Any, builder: Any, kind: Any, _lanes: Any, value: Any) -> Any:
    number = context.cast(builder, value, kind, types.float64)
    return repeated(builder, number)


for _kind in (types.Float, types.Integer):
    lower_cast(_kind, LANES)(_repeat)


def _on_lanes(function: Any, count: int, make: Callable[..., Any]) -> None:
    """Define a Python function for lanes."""

    class Template(AbstractTemplate):  # type: ignore[misc]
        """For lanes, or lanes and numbers."""

        def generic(self, arguments: Any, _keywords: Any) -> Any:
            """The signature, if lanes are among the arguments."""
            suits = len(arguments) == count and LANES in arguments
            return signature(LANES, *(LANES,) * count) if suits else None

    Template.key = function
    infer_global(function)(Template)
    lower_builtin(function, *(LANES,) * count)(lambda _context, builder, _signature, values: make(builder, *values))


def _of_llvm(name: str) -> Callable[[Any, Any], Any]:
    def make(builder: Any, value: Any) -> Any:
        kind = ir.FunctionType(VECTOR, [VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f64")
        return builder.call(function, [value])

    return make


for _name, _make in (
    ("add", lambda builder, a, b: builder.fadd(a, b)),
    ("sub", lambda builder, a, b: builder.fsub(a, b)),
    ("mul", lambda builder, a, b: builder.fmul(a, b)),
    ("truediv", lambda builder, a, b: builder.fdiv(a, b)),
):
    _on_lanes(getattr(operator, _name), 2, _make)
    _on_lanes(getattr(operator, f"i{_name}"), 2, _make)
_on_lanes(operator.neg, 1, lambda builder, a: builder.fneg(a))
_on_lanes(math.sqrt, 1, _of_llvm("sqrt"))
_on_lanes(abs, 1, _of_llvm("fabs"))


def _seen_as(held: Any, seen: Any, register: Any) -> Any:
    """A function that casts a pointer to ``held`` to a pointer to ``seen``."""

    @in_llvm
    def cast(_typing: Any, _pointer: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            return builder.bitcast(arguments[0], register.as_pointer())

        return types.CPointer(seen)(types.CPointer(held)), generate

    return cast


as_lanes = _seen_as(types.float64, LANES, VECTOR)
"""Casts a pointer to numbers, aligned to a register, to a pointer to lanes."""

as_numbers = _seen_as(LANES, types.float64, DOUBLE)
"""Casts a pointer to lanes to a pointer to the first number."""

as_integers = _seen_as(types.float64, types.int64, INT64)
"""Casts a pointer to numbers to a pointer to integers."""


def _where(comparison: str) -> Any:
    """A function of three values: the first in lanes where the other two compare so, 0 elsewhere."""

    @in_llvm
    def chosen(_typing: Any, _value: Any, _left: Any, _right: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            value, left, right = arguments
            return builder.select(builder.fcmp_ordered(comparison, left, right), value, ZEROS)

        return LANES(LANES, LANES, LANES), generate

    return chosen


where_less = _where("<")
"""``where_less(value, k, counts)``: the value in lanes with ``k < count``, 0 elsewhere."""

where_at_most = _where("<=")
"""``where_at_most(value, left, right)``: the value in lanes with ``left <= right``, 0 elsewhere and for NaN."""


@in_llvm
def transposed(_typing: Any, table: Any, _ranges: Any, _wide: Any, _first: Any, into: Any) -> Any:
    """Load `WIDTH` consecutive numbers from each of `WIDTH` rows, transposed: first the first of each row, and so on.

    Arguments: the table; pairs of a row and an unused number; numbers per row; the offset in the row; the destination.
    """

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        table, ranges, wide, first, into = arguments
        places = [
            builder.add(builder.mul(builder.load(builder.gep(ranges, [INT64(2 * lane)])), wide), first)
            for lane in range(WIDTH)
        ]
        rows = [
            _of_halves(builder, table, [builder.add(each, INT64(part)) for each in places[i :: WIDTH // 2]])
            for part in (0, WIDTH // 2)
            for i in range(WIDTH // 2)
        ]
        half = 1
        while half < WIDTH // 2:  # swap squares of this size across the diagonal
            lower = [lane if not lane & half else WIDTH + lane - half for lane in range(WIDTH)]
            upper = [lane + half if not lane & half else WIDTH + lane for lane in range(WIDTH)]
            for i in range(WIDTH):
                if not i & half:
                    a, b = rows[i], rows[i + half]
                    rows[i], rows[i + half] = shuffled(builder, a, lower, b), shuffled(builder, a, upper, b)
            half *= 2
        for lane, values in enumerate(rows):
            builder.store(values, builder.gep(into, [INT64(lane)]))
        return context.get_constant(types.int64, 0)

    return types.int64(table, types.CPointer(types.int64), types.int64, types.int64, into), generate


def _of_halves(builder: Any, table: Any, places: list[Any]) -> Any:
    """A vector of two halves, loaded from two places: the fastest way to join them."""
    half = ir.VectorType(DOUBLE, WIDTH // 2)
    parts = [builder.load(builder.bitcast(builder.gep(table, [place]), half.as_pointer()), align=8) for place in places]
    return builder.shuffle_vector(*parts, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), list(range(WIDTH))))


@in_llvm
def products(_typing: Any, a: Any, _b: Any, _stride: Any, _rows: Any, _sums: Any, _wide: Any) -> Any:
    """Add to sums the products of `TALL` columns with four others: as many sums as fit the processor's registers.

    Arguments: the first of either columns, lanes per row, rows, the sums, lanes per row of sums.
    """

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        a, b, stride, rows, sums, wide = arguments
        chains = [[zeros(builder) for _ in range(4)] for _ in range(TALL)]
        with cgutils.for_range(builder, rows, intp=INT64) as loop:
            first = builder.mul(loop.index, stride)
            column, others = (builder.gep(each, [first]) for each in (a, b))
            right = [builder.load(builder.gep(others, [INT64(j)])) for j in range(4)]
            for i, row in enumerate(chains):
                left = builder.load(builder.gep(column, [INT64(i)]))
                for chain, other in zip(row, right, strict=True):
                    builder.store(multiply_add(builder, left, other, builder.load(chain)), chain)
        for i, row in enumerate(chains):
            for j, chain in enumerate(row):
                place = builder.gep(sums, [builder.add(builder.mul(wide, INT64(i)), INT64(j))])
                builder.store(builder.fadd(builder.load(place), builder.load(chain)), place)
        return context.get_constant(types.int64, 0)

    return types.int64(a, a, types.int64, types.int64, a, types.int64), generate
