"""Compile kernels: ``python -m backends._kernels.building FILE GROUP``, which `backends._kernels.machine_code` calls.

Numba translates each kernel, with all that it calls, to LLVM's language. LLVM then makes self-contained object code for
this processor. So running a kernel takes LLVM to load it, but no Numba.
"""

import sys
from pathlib import Path
from typing import Any

from llvmlite import binding
from numba import types

from backends._kernels.descent import Quadratic, Rule, Table, add_up_rows, descend
from backends._kernels.drawing import draw, find_beginnings
from backends._kernels.embedding import embed
from backends._kernels.epochs import EpochPlan, StoppingRule, Variables, walk
from backends._kernels.exact import solve_exactly
from backends._kernels.exact_space import divided_exactly
from backends._kernels.language import Pointer, strict
from backends._kernels.least_squares import stack
from backends._kernels.parts import PartResults, ThreadSpace, combine_parts, pass_parts_shared
from backends._kernels.ranges import solve_each
from backends._kernels.shuffling import shuffle
from backends._kernels.space import Rows, divided
from backends._kernels.stochastic import CORRECTED, Draws, Samples, corrected_updates, saga_updates

INTEGER, NUMBER = types.int64, types.float64
NUMBERS, INTEGERS = types.CPointer(NUMBER), types.CPointer(INTEGER)


@strict
def solve_stack(
    X: Pointer, y: Pointer, n: int, p: int, intercept: int, l2: float, count: int, elements: int, work: Pointer,
    answers: Pointer, found: Pointer,
) -> int:  # fmt: skip
    """`stack` with plain arguments."""
    declined: int = stack(Rows(X, y, n, p, intercept, l2), count, elements, divided(work, p), answers, found)
    return declined


@strict
def exact_answer(
    X: Pointer, y: Pointer, n: int, p: int, intercept: int, l2: float, work: Pointer, answer: Pointer
) -> int:  # fmt: skip
    """`solve_exactly` with plain arguments."""
    found: int = solve_exactly(Rows(X, y, n, p, intercept, l2), divided_exactly(work, p), answer)
    return found


@strict
def pass_parts(
    X: Pointer, y: Pointer, n: int, p: int, whole: Pointer, length: int, stage: int, work: Pointer, stretched: int,
    stretches: Pointer, answer: Pointer, turn: Pointer, found: Pointer, size: int, first: int, last: int,
) -> int:  # fmt: skip
    """`pass_parts_shared` with plain arguments."""
    data, own = Rows(X, y, n, p, 0, 0.0), ThreadSpace(work, stretched, stretches)
    place = PartResults(found, size, first, last)
    passed: int = pass_parts_shared(data, length, divided(whole, p), stage, own, answer, turn, place)
    return passed


@strict
def next_stage(
    X: Pointer, y: Pointer, n: int, p: int, intercept: int, l2: float, elements: int, work: Pointer, answer: Pointer,
    stage: int, found: Pointer, parts: int, size: int,
) -> int:  # fmt: skip
    """`combine_parts` with plain arguments."""
    data = Rows(X, y, n, p, intercept, l2)
    following: int = combine_parts(data, elements, divided(work, p), stage, answer, parts, found, size)
    return following


@strict
def solve_ranges(
    X: Pointer, y: Pointer, ranges: Pointer, count: int, p: int, intercept: int, l2: float, elements: int,
    work: Pointer, abreast: Pointer, answers: Pointer, found: Pointer,
) -> int:  # fmt: skip
    """`solve_each` with plain arguments."""
    data, space = Rows(X, y, count, p, intercept, l2), divided(work, p)
    declined: int = solve_each(data, ranges, elements, space, abreast, answers, found)
    return declined


@strict
def descend_moments(
    H: Pointer, c: Pointer, offset: Pointer, m: int, v: float, update: int, rate: float, momentum: float,
    tolerance: float, blow_up: float, epochs: int, state: Pointer,
) -> int:  # fmt: skip
    """`descend` with plain arguments."""
    rule = Rule(update, rate, momentum, tolerance, blow_up)
    blown_up: int = descend(Quadratic(H, c, offset, m, v), rule, epochs, state)
    return blown_up


@strict
def row_sums(
    X: Pointer, y: Pointer, weights: Pointer, weighted: int, n: int, p: int, theta: Pointer, sums: Pointer
) -> int:  # fmt: skip
    """`add_up_rows` with plain arguments."""
    add_up_rows(Table(X, y, weights, weighted, n, p), theta, sums)
    return n


@strict
def stochastic_epoch(
    X: Pointer, y: Pointer, weights: Pointer, weighted: int, p: int, intercept: float, l2: float,
    kind: int, order: Pointer, rates: Pointer, count: int, theta: Pointer, beside: Pointer, work: Pointer,
) -> float:  # fmt: skip
    """An epoch with reduced variance; the sum of ``w r²``, or NaN on overflow."""
    data, draws = Samples(X, y, weights, weighted, p, intercept, l2, 0), Draws(order, rates, count)
    if kind == CORRECTED:
        squares: float = corrected_updates(data, draws, theta, beside, work)
    else:
        squares = saga_updates(data, draws, theta, beside, work)
    return squares


@strict
def stochastic_walk(
    X: Pointer, y: Pointer, weights: Pointer, weighted: int, p: int, intercept: float, l2: float,
    n: int, kind: int, size: int, average: int, tolerance: float, blow_up: float,
    epochs: int, rates: Pointer, stride: int, order: Pointer, generator: Pointer,
    theta: Pointer, total: Pointer, work: Pointer, state: Pointer,
) -> int:  # fmt: skip
    """`walk` with plain arguments."""
    data = Samples(X, y, weights, weighted, p, intercept, l2, 0)
    plan = EpochPlan(order, n, kind, generator, size, rates, stride, average)
    blown_up: int = walk(data, plan, StoppingRule(tolerance, blow_up), epochs, Variables(theta, total, work, state))
    return blown_up


@strict
def shuffled(order: Pointer, n: int, generator: Pointer) -> int:
    """`shuffle` with plain arguments."""
    shuffle(order, n, generator)
    return n


@strict
def draw_beginnings(cumulated: Pointer, n: int, beginnings: Pointer) -> int:
    """`find_beginnings` with plain arguments."""
    find_beginnings(cumulated, n, beginnings)
    return n


@strict
def drawn(order: Pointer, count: int, cumulated: Pointer, n: int, beginnings: Pointer, generator: Pointer) -> int:
    """`draw` with plain arguments."""
    draw(order, count, cumulated, n, beginnings, generator)
    return count


@strict
def embed_rows(
    X: Pointer, y: Pointer, n: int, p: int, intercept: int, places: Pointer, signs: Pointer, band: int, bands: int,
    sketch: Pointer,
) -> int:  # fmt: skip
    """`embed` with plain arguments."""
    done: int = embed(Rows(X, y, n, p, intercept, 0.0), places, signs, band, bands, sketch)
    return done


SIGNATURES: dict[str, dict[Any, Any]] = {
    "direct": {
        solve_stack: INTEGER(
            NUMBERS, NUMBERS, INTEGER, INTEGER, INTEGER, NUMBER, INTEGER, INTEGER, NUMBERS, NUMBERS, INTEGERS
        ),
        pass_parts: INTEGER(
            *(NUMBERS, NUMBERS, INTEGER, INTEGER, NUMBERS, INTEGER, INTEGER, NUMBERS, INTEGER),
            *(NUMBERS, NUMBERS, INTEGERS, NUMBERS, INTEGER, INTEGER, INTEGER),
        ),
        next_stage: INTEGER(
            *(NUMBERS, NUMBERS, INTEGER, INTEGER, INTEGER, NUMBER, INTEGER),
            *(NUMBERS, NUMBERS, INTEGER, NUMBERS, INTEGER, INTEGER),
        ),
    },
    "many": {
        solve_ranges: INTEGER(
            *(NUMBERS, NUMBERS, INTEGERS, INTEGER, INTEGER, INTEGER, NUMBER, INTEGER),
            *(NUMBERS, NUMBERS, NUMBERS, INTEGERS),
        ),
    },
    "exact": {
        exact_answer: INTEGER(NUMBERS, NUMBERS, INTEGER, INTEGER, INTEGER, NUMBER, NUMBERS, NUMBERS),
    },
    "descent": {
        descend_moments: INTEGER(
            *(NUMBERS, NUMBERS, NUMBERS, INTEGER, NUMBER, INTEGER),
            *(NUMBER, NUMBER, NUMBER, NUMBER, INTEGER, NUMBERS),
        ),
        row_sums: INTEGER(NUMBERS, NUMBERS, NUMBERS, INTEGER, INTEGER, INTEGER, NUMBERS, NUMBERS),
    },
    "stochastic": {
        stochastic_epoch: NUMBER(
            *(NUMBERS, NUMBERS, NUMBERS, INTEGER, INTEGER, NUMBER, NUMBER),
            *(INTEGER, INTEGERS, NUMBERS, INTEGER, NUMBERS, NUMBERS, NUMBERS),
        ),
        stochastic_walk: INTEGER(
            *(NUMBERS, NUMBERS, NUMBERS, INTEGER, INTEGER, NUMBER, NUMBER),
            *(INTEGER, INTEGER, INTEGER, INTEGER, NUMBER, NUMBER),
            *(INTEGER, NUMBERS, INTEGER, INTEGERS, INTEGERS),
            *(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
        ),
        shuffled: INTEGER(INTEGERS, INTEGER, INTEGERS),
        draw_beginnings: INTEGER(NUMBERS, INTEGER, INTEGERS),
        drawn: INTEGER(INTEGERS, INTEGER, NUMBERS, INTEGER, INTEGERS, INTEGERS),
    },
    "sketch": {
        embed_rows: INTEGER(NUMBERS, NUMBERS, INTEGER, INTEGER, INTEGER, INTEGERS, NUMBERS, INTEGER, INTEGER, NUMBERS),
    },
}
"""Signatures by group. A group is compiled at once, and holds all that its methods need."""


def object_code(group: str) -> bytes:
    """Every kernel of a group, under its own name, as an object file for this processor."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    whole = binding.parse_assembly("")
    for kernel, signature in SIGNATURES[group].items():
        whole.link_in(_module(kernel, signature))
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=binding.get_host_cpu_features().flatten(), opt=3, jit=True
    )
    code: bytes = machine.emit_object(whole)
    return code


def _module(kernel: Any, signature: Any) -> Any:
    kernel.compile(signature)
    module = binding.parse_assembly(kernel.inspect_llvm(signature.args))
    (entry,) = (each for each in module.functions if not each.is_declaration and each.linkage.name == "external")
    entry.name = kernel.__name__
    return module


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(object_code(sys.argv[2]))
