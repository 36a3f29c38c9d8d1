"""What the kernels are written in: Python that Numba compiles, over pointers, with a fused multiply-add.

Imported only where kernels are compiled (`backends._kernels.building`). Arguments are pointers to C-contiguous arrays
and integers; work space is the caller's, so that a kernel allocates nothing, raises nothing and calls nothing.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

Pointer = Any
"""To float64, unless a kernel says otherwise; ``p[i]`` is the i-th number."""

_OPTIONS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy", "_nrt": False}

_in_llvm: Callable[..., Any] = intrinsic

strict: Callable[..., Any] = njit(**_OPTIONS)
"""Compiles a function whose every operation rounds as it is written."""

reordered: Callable[..., Any] = njit(fastmath={"reassoc", "contract"}, **_OPTIONS)
"""Compiles a function whose sums may be taken in any order, and fused, so that they use the vector unit."""


@_in_llvm
def at(_typing: Any, pointer: Any, _index: Any) -> Any:
    """The pointer, so many elements further."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return pointer(pointer, types.int64), generate


@_in_llvm
def prefetch(_typing: Any, pointer: Any) -> Any:
    """Have the memory behind a pointer brought into the cache; 0."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        integer, address = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [address, integer, integer, integer])
        function = builder.module.declare_intrinsic("llvm.prefetch", [address], kind)
        where = builder.bitcast(arguments[0], address)
        builder.call(function, [where, integer(0), integer(3), integer(1)])  # to read, to keep, data
        return context.get_constant(types.int64, 0)

    return types.int64(pointer), generate


@_in_llvm
def fma(_typing: Any, _a: Any, _b: Any, _c: Any) -> Any:
    """``a * b + c``, rounded once (IEEE 754-2019, section 5.4.1)."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        double = ir.DoubleType()
        function = builder.module.declare_intrinsic("llvm.fma", [double], ir.FunctionType(double, [double] * 3))
        return builder.call(function, arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@_in_llvm
def wide_product(
    _typing: Any, _high: Any, _low: Any, _by_high: Any, _by_low: Any, _add_high: Any, _add_low: Any
) -> Any:
    """``a * b + c`` of integers of 128 bits, modulo their range, each as its higher and its lower half."""
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


@_in_llvm
def rotated(_typing: Any, _value: Any, _by: Any) -> Any:
    """The 64 bits of an integer, rotated to the right by fewer than 64 places."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        integer = ir.IntType(64)
        function = builder.module.declare_intrinsic("llvm.fshr", [integer], ir.FunctionType(integer, [integer] * 3))
        return builder.call(function, [arguments[0], *arguments])

    return types.int64(types.int64, types.int64), generate
