"""PyTorch as in its tutorials: an `nn.Linear` trained by one of `torch.optim`'s optimisers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backends._cost import descent
from backends._torch import Streamed, Tensors, to_device
from backends._torch_compile import compiled
from backends.base import (
    Cost,
    Device,
    IterativeBackend,
    Library,
    Missing,
    Problem,
    Snapshot,
    Suspect,
    Unsupported,
    Workload,
    option,
)

EPOCHS_PER_CHECK = 100
"""Epochs between checks of the loss, each of which waits for the device."""


class Training(NamedTuple):
    """A problem on a device, the function for the loss of some rows, and the source of blocks, if rows are streamed."""

    tensors: Tensors
    loss: Callable[..., Any]
    streamed: Streamed | None = None

    def blocks(self) -> Iterable[Tensors]:
        """The rows, from the first to the last."""
        return [self.tensors] if self.streamed is None else self.streamed.blocks()


class Piece(NamedTuple):
    """Some rows of an update, and their fraction of its rows."""

    rows: Tensors
    share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class TorchLinear(IterativeBackend[Training]):
    """Least squares by training an `nn.Linear` on the mean squared error, in the problem's dtype.

    The module starts from nn.Linear's own random initial values, drawn on the CPU so that a seed means the same on
    every device; torch's global generator is left unchanged. An l2 penalty is a term of the loss, on the weight alone
    (an optimiser's weight_decay would include the bias, and for Adam and RMSprop is not such a term). The only stopping
    rule is the number of epochs, so no fit reports convergence. Divergence is detected within 100 epochs. Weights,
    scaled to a mean of 1, multiply the squared errors, in batches too.

    Attributes
    ----------
    optimiser : {"sgd", "adam", "rmsprop"}
        `torch.optim.SGD`, `torch.optim.Adam` or `torch.optim.RMSprop`.
    learning_rate : float
        Its ``lr``.
    momentum : float
        Momentum of sgd and rmsprop, in [0, 1).
    epochs : int
        Passes over the data.
    batch_size : int or "full"
        Rows per update. With ``"full"`` an epoch is one update; otherwise the rows are shuffled before each epoch.
    seed : int
        Seed of the initial values and of the shuffling.
    compile : bool
        Whether the loss and its gradient are compiled by torch.compile, for the shape of a batch, outside the clock.
        The optimiser is not compiled. On the CPU this needs a C++ compiler.
    block_rows : int or "all"
        Rows on the device at a time, so that memory holds one block. A full batch then sums the gradients of all blocks
        before its one update, which is the same up to rounding; other batches are drawn within a block, and rows are
        shuffled only within blocks.

    Raises
    ------
    ValueError
        For a momentum of 1 or more, or with adam, which has its own.
    """

    devices: ClassVar[frozenset[Device]] = frozenset({"cpu", "cuda"})
    library: ClassVar[Library] = Library("torch", "torch", import_seconds=1.2)
    takes_l2: ClassVar[bool] = True
    takes_weights: ClassVar[bool] = True
    step_option: ClassVar[str | None] = "learning_rate"
    suspects: ClassVar[tuple[Suspect, ...]] = (
        Suspect("epochs", 10, "makes ten times as many epochs", times=True),
        Suspect("learning_rate", 0.1, "takes a tenth of the step", times=True),
        Suspect("learning_rate", 10, "takes ten times the step", times=True),
        Suspect("optimiser", "adam", "scales each step by the gradient's past"),
        Suspect("momentum", 0.9, "keeps momentum"),
        Suspect("batch_size", "full", "takes every row into each step"),
    )

    optimiser: Literal["sgd", "adam", "rmsprop"] = "sgd"
    learning_rate: float = option(0.01, above=0)
    momentum: float = option(0.0, at_least=0)
    epochs: int = option(1000, at_least=1)
    batch_size: int | Literal["full"] = option("full", at_least=1)
    seed: int = option(0, at_least=0)
    compile: bool = False
    block_rows: int | Literal["all"] = option("all", at_least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.momentum >= 1:
            raise ValueError(f"momentum: got {self.momentum}, wanted a number below 1")
        if self.momentum and self.optimiser == "adam":
            raise ValueError(f"momentum: got {self.momentum} with adam, wanted 0, or sgd or rmsprop")
        if self.compile and self.block_rows != "all":
            raise ValueError(f"block_rows: got {self.block_rows} with compile, which knows one block, wanted 'all'")

    def cost(self, work: Workload) -> Cost:
        """A forward and a backward pass over the rows; a small batch is still in the cache for the second."""
        return descent(work, over=2 if self.batch_size == "full" else 1)

    def build(self) -> None:
        """Let torch.compile fill its cache once; if it lacks something, `prepare` will say so."""
        if self.compile:
            with suppress(Missing, Unsupported):
                self.prepare(Problem(np.ones((2, 1)), np.ones(2), intercept=True), "cpu")

    def prepare(self, problem: Problem, device: Device) -> Training:
        """Copy the arrays to the device, and compile for their shapes; streamed rows are not copied yet.

        Raises
        ------
        Missing
            When torch finds no CUDA device, or torch.compile no C++ compiler.
        Unsupported
            When torch.compile refuses.
        """
        if self.block_rows != "all":
            streamed = Streamed.of(problem, device, self.block_rows)
            return Training(streamed.head, _loss, streamed)
        tensors = to_device(problem, device)
        return Training(tensors, compiled(_loss, self._trials(tensors)) if self.compile else _loss)

    def _trials(self, tensors: Tensors) -> Iterator[tuple[Any, ...]]:
        """Arguments of the loss, once for each number of rows that a batch may have."""
        module, _ = _linear(tensors, self.seed)
        n = len(tensors.X)
        size = n if self.batch_size == "full" else min(self.batch_size, n)
        for rows in sorted({size, n % size or size}, reverse=True):
            weights = None if tensors.weights is None else tensors.weights[:rows]
            yield module.weight, module.bias, tensors.X[:rows], tensors.y[:rows], weights, tensors.l2

    def path(self, state: Training) -> Iterator[Snapshot]:
        """Train from the initial values; the loss is that of the epoch's last batch before its update."""
        tensors = state.tensors
        module, generator = _linear(tensors, self.seed)
        optimiser = self._optimiser(module)

        def read() -> tuple[NDArray[np.float64], float]:
            return _parameters(module)

        for epoch in range(1, self.epochs + 1):
            for update in self._updates(state, generator):
                optimiser.zero_grad()
                loss = _with_gradients(module, update, state.loss)
                optimiser.step()
            check = epoch % EPOCHS_PER_CHECK == 1 or epoch == self.epochs
            yield Snapshot(epoch, read, loss.item() if check else None, converged=False)

    def _optimiser(self, module: Any) -> Any:
        from torch import optim

        match self.optimiser:
            case "sgd":
                return optim.SGD(module.parameters(), lr=self.learning_rate, momentum=self.momentum)
            case "adam":
                return optim.Adam(module.parameters(), lr=self.learning_rate)
            case "rmsprop":
                return optim.RMSprop(module.parameters(), lr=self.learning_rate, momentum=self.momentum)

    def _updates(self, state: Training, generator: Any) -> Iterator[Iterable[Piece]]:
        """The pieces of each update of an epoch; a full batch streams its blocks."""
        if self.batch_size == "full":
            yield [Piece(state.tensors)] if state.streamed is None else _shares(state.streamed)
            return
        import torch

        for block in state.blocks():
            order = torch.randperm(len(block.X), generator=generator).to(block.X.device)
            for rows in order.split(self.batch_size):
                own = None if block.weights is None else block.weights[rows]
                yield [Piece(block._replace(X=block.X[rows], y=block.y[rows], weights=own))]


def _shares(state: Streamed) -> Iterator[Piece]:
    return (Piece(block, len(block.y) / len(state.problem.y)) for block in state.blocks())


def _with_gradients(module: Any, update: Iterable[Piece], loss_of: Callable[..., Any]) -> Any:
    """Accumulate the gradients of an update's loss in the module, and return the loss."""
    total = None
    for rows, share in update:
        loss = loss_of(module.weight, module.bias, rows.X, rows.y, rows.weights, rows.l2)
        if share != 1:
            loss = loss * share
        loss.backward()
        total = loss.detach() if total is None else total + loss.detach()
    return total


def _loss(weight: Any, bias: Any, X: Any, y: Any, weights: Any, l2: float) -> Any:
    """The mean squared error and the penalty, by the functions that nn.Linear and nn.MSELoss call."""
    from torch.nn.functional import linear, mse_loss

    predicted = linear(X, weight, bias)
    loss = mse_loss(predicted, y) if weights is None else (weights * (predicted - y).square()).mean()
    return loss + l2 * weight.square().sum() if l2 > 0 else loss


def _linear(state: Tensors, seed: int) -> tuple[Any, Any]:
    """An nn.Linear initialised as after `torch.manual_seed(seed)`, and a generator for shuffling."""
    import torch

    p = state.X.shape[1]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would also reseed the GPUs, permanently
        module = torch.nn.Linear(p, 1, bias=state.intercept, dtype=state.X.dtype)
    return module.to(state.X.device), torch.Generator().manual_seed(seed)


def _parameters(module: Any) -> tuple[NDArray[np.float64], float]:
    coef = np.array(module.weight.detach().cpu().numpy(), dtype=np.float64).reshape(-1)
    return coef, 0.0 if module.bias is None else float(module.bias.item())
