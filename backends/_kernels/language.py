"""The language of the kernels: Python over pointers, compiled by Numba, with a fused multiply-add.

Imported only where kernels are compiled (`backends._kernels.building`). Arguments are pointers to C-contiguous arrays,
integers and numbers. The caller provides the work space, so that a kernel allocates nothing and raises nothing.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

Pointer = Any
"""To float64, unless a kernel says otherwise; ``p[i]`` is the i-th number."""

WIDTH = 8 if binding.get_host_cpu_features().get("avx512f") else 4
"""Numbers in a vector register of this processor, and columns of a panel."""
CACHE_LINE = 8
"""Numbers in a cache line."""
ROWS_AHEAD = 8
"""Rows of prefetching distance: for long rows the processor's own prefetching is not enough."""
MOST_PANELS = 3
"""Most panels side by side in a tile."""

_OPTIONS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy", "_nrt": False}

in_llvm: Callable[..., Any] = intrinsic
"""Makes a function for kernels from one that returns its signature and a generator of LLVM code."""

strict: Callable[..., Any] = njit(**_OPTIONS)
"""Compiles a function whose operations all round as written."""

reordered: Callable[..., Any] = njit(fastmath={"reassoc", "contract"}, **_OPTIONS)
"""Compiles a function whose sums may be reordered and fused, so that they use the vector unit."""


@in_llvm
def at(_typing: Any, pointer: Any, _index: Any) -> Any:
    """The pointer, advanced by ``index`` elements."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return pointer(pointer, types.int64), generate


@in_llvm
def next_turn(_typing: Any, counter: Any) -> Any:
    """Atomically add 1 to an integer that threads share; the value before, which no other thread gets."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.atomic_rmw("add", arguments[0], INT64(1), "monotonic")

    return types.int64(counter), generate


@in_llvm
def prefetch(_typing: Any, pointer: Any) -> Any:
    """Prefetch the memory at a pointer; returns 0."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        _fetch(builder, arguments[0])
        return context.get_constant(types.int64, 0)

    return types.int64(pointer), generate


@in_llvm
def prefetch_nearer(_typing: Any, pointer: Any) -> Any:
    """As `prefetch`, into the second-level cache: the first level is full of the current data."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        _fetch(builder, arguments[0], level=2)
        return context.get_constant(types.int64, 0)

    return types.int64(pointer), generate


def _fetch(builder: Any, place: Any, level: int = 3) -> None:
    integer, address = ir.IntType(32), ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [address, integer, integer, integer])
    function = builder.module.declare_intrinsic("llvm.prefetch", [address], kind)
    builder.call(function, [builder.bitcast(place, address), integer(0), integer(level), integer(1)])  # read


@in_llvm
def fma(_typing: Any, a: Any, b: Any, c: Any) -> Any:
    """``a * b + c``, rounded once (IEEE 754-2019, section 5.4.1)."""
    kind = _common(a, b, c)

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return multiply_add(builder, *arguments)

    return kind(kind, kind, kind), generate


@in_llvm
def larger(_typing: Any, a: Any, b: Any) -> Any:
    """The larger of two numbers; NaN where either is."""
    kind = _common(a, b)

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        one, other = arguments
        first = builder.or_(builder.fcmp_ordered(">", one, other), builder.fcmp_unordered("uno", one, one))
        return builder.select(first, one, other)

    return kind(kind, kind), generate


def _common(*kinds: Any) -> Any:
    """Float64, or `backends._kernels.lanes.LANES` if any of the types is."""
    others = (each for each in kinds if not isinstance(each, types.Float | types.Integer))
    return next(others, types.float64)


@in_llvm
def wide_product(
    _typing: Any, _high: Any, _low: Any, _by_high: Any, _by_low: Any, _add_high: Any, _add_low: Any
) -> Any:
    """``a * b + c`` of 128-bit integers, modulo 2**128, each given as its higher and lower half."""
    result = types.UniTuple(types.int64, 2)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        half, whole = ir.IntType(64), ir.IntType(128)
        upper, (a, b, c) = whole(64), zip(arguments[::2], arguments[1::2], strict=True)
        a, b, c = (
            builder.or_(builder.shl(builder.zext(high, whole), upper), builder.zext(low, whole))
            for high, low in (a, b, c)
        )
        value = builder.add(builder.mul(a, b), c)
        halves = [builder.trunc(builder.lshr(value, upper), half), builder.trunc(value, half)]
        return context.make_tuple(builder, result, halves)

    return result(*(types.int64,) * 6), generate


@in_llvm
def rotated(_typing: Any, _value: Any, _by: Any) -> Any:
    """The 64 bits of an integer, rotated right by fewer than 64 places."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(64)
        function = builder.module.declare_intrinsic("llvm.fshr", [integer], ir.FunctionType(integer, [integer] * 3))
        return builder.call(function, [arguments[0], *arguments])

    return types.int64(types.int64, types.int64), generate


def tile(panels: int) -> Any:
    """Make the function for `backends._kernels.panels.add_tile`: the products of one panel with ``panels`` others.

    Arguments: the panel, the first of the others, numbers from each to the next, rows, the sums.
    """

    @in_llvm
    def products(_typing: Any, left: Any, _right: Any, _stride: Any, _rows: Any, _sums: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            left, right, stride, rows, sums = arguments
            chains = [[zeros(builder) for _ in range(panels)] for _ in range(WIDTH)]
            with cgutils.for_range(builder, rows, intp=INT64) as loop:
                first = builder.mul(loop.index, INT64(WIDTH))
                others = [
                    loaded(builder, right, builder.add(first, builder.mul(stride, INT64(i)))) for i in range(panels)
                ]
                for j, row in enumerate(chains):
                    one = repeated(builder, builder.load(builder.gep(left, [builder.add(first, INT64(j))])))
                    for chain, other in zip(row, others, strict=True):
                        builder.store(multiply_add(builder, one, other, builder.load(chain)), chain)
            for i, chain in enumerate(chain for row in chains for chain in row):
                _store(builder, builder.load(chain), sums, i * WIDTH)
            return context.get_constant(types.int64, 0)

        return types.int64(left, left, types.int64, types.int64, left), generate

    return products


@in_llvm
def differences(_typing: Any, a: Any, _b: Any, _into: Any) -> Any:
    """``a - b`` for `WIDTH` numbers."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        a, b, into = arguments
        first = INT64(0)
        _store(builder, builder.fsub(loaded(builder, a, first), loaded(builder, b, first)), into, 0)
        return context.get_constant(types.int64, 0)

    return types.int64(a, a, a), generate


@in_llvm
def four_dots(_typing: Any, x: Any, _stride: Any, _p: Any, _b: Any, _last: Any, _dots: Any) -> Any:
    """Four rows times b in twice the precision (Ogita, Rump & Oishi 2005, algorithm 5.3), with a chain per lane.

    The last vector ends with the row. ``last`` holds b for it, with zeros for columns that the vector before includes.
    """

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        x, stride, p, b, last, dots = arguments
        rows = [builder.gep(x, [builder.mul(stride, INT64(i))]) for i in range(4)]
        chains = [(zeros(builder), zeros(builder)) for _ in rows]

        def add(first: Any, slopes: Any) -> None:
            for row, chain in zip(rows, chains, strict=True):
                _fetch(builder, builder.gep(row, [builder.add(first, builder.mul(stride, INT64(ROWS_AHEAD)))]))
                values, (hi, lo) = loaded(builder, row, first), (builder.load(each) for each in chain)
                product = builder.fmul(values, slopes)
                error = multiply_add(builder, values, slopes, builder.fneg(product))
                total, rest = _two_sum(builder, hi, product)
                builder.store(total, chain[0])
                builder.store(builder.fadd(lo, builder.fadd(rest, error)), chain[1])

        whole = builder.udiv(p, INT64(WIDTH))
        with cgutils.for_range(builder, whole, intp=INT64) as loop:
            first = builder.mul(loop.index, INT64(WIDTH))
            add(first, loaded(builder, b, first))
        add(builder.sub(p, INT64(WIDTH)), loaded(builder, last, INT64(0)))
        for i, chain in enumerate(chains):
            hi, lo = _lanes_added(builder, *(builder.load(each) for each in chain))
            builder.store(hi, builder.gep(dots, [INT64(2 * i)]))
            builder.store(lo, builder.gep(dots, [INT64(2 * i + 1)]))
        return context.get_constant(types.int64, 0)

    return types.int64(x, types.int64, types.int64, x, x, x), generate


INT64, DOUBLE = ir.IntType(64), ir.DoubleType()
VECTOR = ir.VectorType(DOUBLE, WIDTH)
ZEROS = ir.Constant(VECTOR, [0.0] * WIDTH)


def zeros(builder: Any) -> Any:
    """A variable for a vector, initially zeros."""
    return cgutils.alloca_once_value(builder, ZEROS)


def loaded(builder: Any, base: Any, index: Any) -> Any:
    """Load a vector from a place of any alignment."""
    return builder.load(builder.bitcast(builder.gep(base, [index]), VECTOR.as_pointer()), align=8)


def _store(builder: Any, value: Any, base: Any, index: int) -> None:
    place = builder.bitcast(builder.gep(base, [INT64(index)]), VECTOR.as_pointer())
    builder.store(value, place, align=8)


def shuffled(builder: Any, vector: Any, places: list[int], other: Any = None) -> Any:
    """A vector of the elements at these places of one vector, or of two concatenated ones."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), places)
    return builder.shuffle_vector(vector, ir.Constant(VECTOR, ir.Undefined) if other is None else other, mask)


def repeated(builder: Any, number: Any) -> Any:
    """A vector with one number in every element."""
    single = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), number, ir.IntType(32)(0))
    return shuffled(builder, single, [0] * WIDTH)


def multiply_add(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """``a * b + c`` of numbers or vectors, rounded once."""
    kind, name = a.type, "f64" if a.type == DOUBLE else f"v{WIDTH}f64"
    of = ir.FunctionType(kind, [kind] * 3)
    return builder.call(cgutils.get_or_insert_function(builder.module, of, f"llvm.fma.{name}"), [a, b, c])


def _two_sum(builder: Any, a: Any, b: Any) -> tuple[Any, Any]:
    total = builder.fadd(a, b)
    part = builder.fsub(total, a)
    return total, builder.fadd(builder.fsub(a, builder.fsub(total, part)), builder.fsub(b, part))


def _lanes_added(builder: Any, hi: Any, lo: Any) -> tuple[Any, Any]:
    """The sum of all lanes, in a binary tree."""
    half = WIDTH // 2
    while half:
        turned = [(i + half) % WIDTH for i in range(WIDTH)]
        hi, rest = _two_sum(builder, hi, shuffled(builder, hi, turned))
        lo = builder.fadd(builder.fadd(lo, shuffled(builder, lo, turned)), rest)
        half //= 2
    first = ir.IntType(32)(0)
    return builder.extract_element(hi, first), builder.extract_element(lo, first)
