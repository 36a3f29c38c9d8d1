"""Plain stochastic updates from zero on, any number of epochs per call: their order, their loss, and when they end.

Reference: `backends._stochastic.orders` and `backends.scratch_sgd.ScratchSGD.path`. Of small data an epoch takes less
time than a call from Python does.
"""

from typing import NamedTuple

from backends._kernels.language import Pointer, at, strict
from backends._kernels.moments import dot
from backends._kernels.shuffling import shuffle
from backends._kernels.stochastic import Draws, Samples, batch_updates, sample_updates

GIVEN, IN_TURN, SHUFFLED, FLIPFLOP = 0, 1, 2, 3
"""An epoch's order: the one there is, that of the rows, a new one, or every second time the last one backwards."""
LOSS, FIRST_LOSS, CONVERGED, EPOCH, SQUARES = 0, 1, 2, 3, 4
"""Of a state, all 0 at first; the last is the loss without the penalty."""


class Way(NamedTuple):
    """How an epoch goes: its order of n samples, in batches of ``size``, and from which epoch on iterates are averaged.

    Rates of an epoch are ``apart`` numbers from those of the one before.
    """

    order: Pointer
    n: int
    kind: int
    generator: Pointer
    size: int
    rates: Pointer
    apart: int
    average: int


class Ending(NamedTuple):
    """The change of the loss that ends the walk, 0 for none, and the multiple of the first loss that is too much."""

    tolerance: float
    blow_up: float


@strict
def take_order(way: Way, epoch: int) -> None:
    """Bring the samples into the order of an epoch, counted from 0."""
    n, order = way.n, way.order
    if epoch == 0 and way.kind != GIVEN:
        for i in range(n):
            order[i] = i
    if way.kind == FLIPFLOP and epoch % 2 == 1:
        for i in range(n // 2):
            order[i], order[n - 1 - i] = order[n - 1 - i], order[i]
    elif way.kind >= SHUFFLED:
        shuffle(order, n, way.generator)


class Place(NamedTuple):
    """Where a walk is: theta, the total of its iterates and work, each of p + 1 (work of 6 at least), and a state."""

    theta: Pointer
    total: Pointer
    work: Pointer
    state: Pointer


@strict
def walk(data: Samples, way: Way, ending: Ending, epochs: int, here: Place) -> int:
    """Make up to so many further epochs, fewer where it converges; 1 where the loss has blown up, else 0."""
    state = here.state
    for k in range(epochs):
        epoch, before = int(state[EPOCH]), state[LOSS]
        take_order(way, epoch)
        state[SQUARES] = pass_through(data, way, k, 0 < way.average <= epoch + 1, here) / max(way.n, 1)
        state[LOSS] = state[SQUARES] + data.l2 * dot(here.theta, here.theta, data.p)
        state[EPOCH] = epoch + 1.0
        if epoch == 0:
            state[FIRST_LOSS] = state[LOSS]
        if not state[LOSS] <= ending.blow_up * state[FIRST_LOSS]:
            return 1
        if epoch > 0 and ending.tolerance > 0.0 and abs(state[LOSS] - before) <= ending.tolerance:
            state[CONVERGED] = 1.0
            return 0
    return 0


@strict
def pass_through(data: Samples, way: Way, k: int, average: bool, here: Place) -> float:
    """One epoch, at the k-th rates."""
    averaged = 1 if average else 0
    now = Samples(data.X, data.y, data.weights, data.weighted, data.p, data.intercept, data.l2, averaged)
    draws = Draws(way.order, at(way.rates, k * way.apart), way.n)
    if way.size > 1:
        squares: float = batch_updates(now, draws, way.size, here.theta, here.total, here.work)
    else:
        squares = sample_updates(now, draws, here.theta, here.total, here.work)
    return squares
