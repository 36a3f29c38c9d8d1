"""``from harness import try_``: `linbench try` for the data and functions of a running Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.reports.tried import Tried
    from harness.tryout import Draft


def try_(  # noqa: PLR0913 - the options of `linbench try`
    data: Any,
    formula: str = "",
    *,
    y: Any = None,
    weights: Any = None,
    own: Any = (),
    backends: Any = None,
    seconds: float = 0.05,
    limit: float = 20.0,
    results: str | Path = "results",
    progress: bool = True,
    **options: Any,
) -> Tried:
    """Fit data with every installed backend, and say which answers to trust.

    Parameters
    ----------
    data : str, pandas or polars DataFrame, mapping of columns, or array-like of shape (n_samples, n_features)
        A text is a path, or the name of a dataset.
    formula : str
        ``"price ~ area + C(town)"``.
    y : str, sequence of str, or array-like of shape (n_samples,), optional
        Without a formula: the target, or the name of its column. Every other usable column is a feature. Several names
        are targets of one dataset each. With a formula: the values of its left side.
    weights : str or array-like of shape (n_samples,), optional
        Weights of the rows, or the name of their column.
    own : function, estimator, str, or a sequence of these
        Your own, tried beside the backends.
    backends : str, function, estimator, or a sequence of these, optional
        Instead of all installed direct solvers and scikit-learn's SGD.
    seconds, limit : float
        Seconds of samples per case, and seconds after which a case is a timeout.
    results : str or Path
        The folder of results; data and functions are written there, too.
    progress : bool
        Whether to show progress.
    **options
        Options of the dataset: ``scale="standard"``, ``missing="error"``, …

    Raises
    ------
    UsageError
        When the data, a formula or a function cannot be used.
    DatasetError
        When the data cannot be loaded.

    Examples
    --------
    >>> import numpy as np
    >>> from harness import try_
    >>> X = np.arange(12.0).reshape(6, 2) ** 2
    >>> def least_squares(X, y):
    ...     A = np.column_stack([X, np.ones(len(y))])
    ...     b = np.linalg.lstsq(A, y, rcond=None)[0]
    ...     return b[:-1], b[-1]
    >>> found = try_(X, y=X @ [1, 2] + 3, own=least_squares, backends=["numpy_lstsq"], progress=False)
    >>> list(found.frame()["backend_label"])
    ['least_squares', 'numpy_lstsq']
    """
    from harness.cli.stores import progress_of, store_at
    from harness.reports.tried import Silent, Tried
    from harness.tryout import attempt

    folder = Path(results)
    plan = {"rounds": 1, "seconds": float(seconds), "limit": float(limit)}
    draft = _draft(data, _Model(formula, y, weights), _listed(own), backends, folder, plan, options)
    suite = draft.suite(Path("try.toml").absolute())
    store = store_at(folder)
    showing: Any = progress_of(store, [suite.name], seconds) if progress else nullcontext(Silent())
    with showing as observer:
        found = attempt(suite, store, observer)
    return Tried.of(found, folder)


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    is_one = isinstance(given, str) or callable(given) or hasattr(given, "fit") or not isinstance(given, Iterable)
    return [given] if is_one else list(given)


class _Model(NamedTuple):
    """Formula, target and weights; the latter two as a column's name or values."""

    formula: str
    y: Any
    weights: Any


def _draft(
    data: Any,
    model: _Model,
    own: list[Any],
    backends: Any,
    folder: Path,
    plan: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Draft:
    from harness.tryout import Draft, dataset_table, default_backends
    from harness.tryout.subject import title_of
    from harness.tryout.tables import columns_of, write_columns

    formula, y, weights = model
    names = list(y) if isinstance(y, list | tuple) and all(isinstance(each, str) for each in y) else []
    if isinstance(data, str | Path):
        for what, given in (("y", y), ("weights", weights)):
            if given is not None and not isinstance(given, str) and not (what == "y" and names):
                raise UsageError(f"{what}: got values beside a file, wanted the name of a column")
        table = dataset_table(str(data), formula, y or "", weights=weights or "", more=options)
        name = title_of(str(data))
    else:
        columns, target, weights_name = columns_of(data, None if names else y, weights)
        left = formula.partition("~")[0]
        if formula and (names or not re.search(rf"(?<!\w){re.escape(target)}(?!\w)", left)):
            raise UsageError(f"got the formula {formula!r} and y, wanted one of them, or y on the formula's left side")
        if not (formula or target or names):
            some = ", ".join(list(columns)[:12])
            raise UsageError(f"which column is predicted? Give y, or a formula over the columns {some}")
        path = write_columns(columns, folder / "data")
        chosen: dict[str, Any] = {"formula": formula} if formula else {"target": names or target}
        chosen |= {"weights": weights_name} if weights_name else {}
        name = "data"
        table = {"use": "file", "path": str(path), "name": name, **chosen, **options}
    uses = [*own, *(default_backends() if backends is None else _listed(backends))]
    if not uses:
        raise UsageError("got no backend, wanted one in own or backends; leave backends out for all")
    return Draft(name=name, datasets=[table], backends=_backend_tables(uses, folder / "own"), plan=plan)


def _backend_tables(given: Sequence[Any], folder: Path) -> list[dict[str, Any]]:
    from harness.tryout.captured import use_of

    found: list[dict[str, Any]] = []
    for each in given:
        use, name = use_of(each, folder)
        taken = sum(table.get("name", "").partition(" ")[0] == name for table in found) if name else 0
        title = {"name": f"{name} {taken + 1}" if taken else name} if name else {}
        found.append({"use": use, **title})
    return found
