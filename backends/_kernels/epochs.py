"""Plain stochastic updates from zero, any number of epochs per call: their order, their loss, and when they end.

Reference: `backends._stochastic.orders` and `backends.scratch_sgd.ScratchSGD.path`. On small data an epoch takes less
time than a call from Python.
"""

from typing import NamedTuple

from backends._kernels.language import Pointer, at, strict
from backends._kernels.moments import dot
from backends._kernels.shuffling import shuffle
from backends._kernels.stochastic import Draws, Samples, batch_updates, sample_updates

GIVEN, IN_TURN, SHUFFLED, FLIPFLOP = 0, 1, 2, 3
"""An epoch's order: as given, that of the rows, a new one, or every second time the last one reversed."""
LOSS, FIRST_LOSS, CONVERGED, EPOCH, SQUARES = 0, 1, 2, 3, 4
"""Positions in a state, all 0 at first; the last is the loss without the penalty."""


class EpochPlan(NamedTuple):
    """The order of n samples, the batches of ``size``, the rates, and the first epoch whose iterates are averaged.

    The rates of an epoch are ``stride`` numbers after those of the one before.
    """

    order: Pointer
    n: int
    kind: int
    generator: Pointer
    size: int
    rates: Pointer
    stride: int
    average: int


class StoppingRule(NamedTuple):
    """The change of the loss that ends the walk (0: none), and the multiple of the first loss that is a divergence."""

    tolerance: float
    blow_up: float


@strict
def take_order(plan: EpochPlan, epoch: int) -> None:
    """Put the samples in the order of an epoch, counted from 0."""
    n, order = plan.n, plan.order
    if epoch == 0 and plan.kind != GIVEN:
        for i in range(n):
            order[i] = i
    if plan.kind == FLIPFLOP and epoch % 2 == 1:
        for i in range(n // 2):
            order[i], order[n - 1 - i] = order[n - 1 - i], order[i]
    elif plan.kind >= SHUFFLED:
        shuffle(order, n, plan.generator)


class Variables(NamedTuple):
    """Variables of a walk: theta, the total of its iterates, work, each of p + 1 (work at least 6), and the state."""

    theta: Pointer
    total: Pointer
    work: Pointer
    state: Pointer


@strict
def walk(data: Samples, plan: EpochPlan, rule: StoppingRule, epochs: int, variables: Variables) -> int:
    """Make at most ``epochs`` further epochs, fewer if it converges; 1 if the loss has blown up, else 0."""
    state = variables.state
    for k in range(epochs):
        epoch, before = int(state[EPOCH]), state[LOSS]
        take_order(plan, epoch)
        state[SQUARES] = pass_through(data, plan, k, 0 < plan.average <= epoch + 1, variables) / max(plan.n, 1)
        state[LOSS] = state[SQUARES] + data.l2 * dot(variables.theta, variables.theta, data.p)
        state[EPOCH] = epoch + 1.0
        if epoch == 0:
            state[FIRST_LOSS] = state[LOSS]
        if not state[LOSS] <= rule.blow_up * state[FIRST_LOSS]:
            return 1
        if epoch > 0 and rule.tolerance > 0.0 and abs(state[LOSS] - before) <= rule.tolerance:
            state[CONVERGED] = 1.0
            return 0
    return 0


@strict
def pass_through(data: Samples, plan: EpochPlan, k: int, average: bool, variables: Variables) -> float:
    """One epoch, with the k-th rates."""
    averaged = 1 if average else 0
    now = Samples(data.X, data.y, data.weights, data.weighted, data.p, data.intercept, data.l2, averaged)
    draws = Draws(plan.order, at(plan.rates, k * plan.stride), plan.n)
    if plan.size > 1:
        squares: float = batch_updates(now, draws, plan.size, variables.theta, variables.total, variables.work)
    else:
        squares = sample_updates(now, draws, variables.theta, variables.total, variables.work)
    return squares
