"""Named columns of a file."""

from dataclasses import dataclass

from harness.datasets._file_options import FileOptions, check_wanted
from harness.datasets._grouping import group_columns
from harness.datasets._reading.wanted import Wanted


@dataclass(frozen=True, kw_only=True)
class Csv(FileOptions):
    """Named columns of any file that `file` reads; named when it read csv only.

    Attributes
    ----------
    features : tuple of str
        The columns to predict from; empty for every other usable column. The results say which are left out, and
        why.
    target : str
        The column to predict.
    """

    features: tuple[str, ...] = ()
    target: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wanted(self._wanted())

    def _wanted(self) -> Wanted:
        return Wanted(
            features=self.features,
            target=self.target,
            weights=self.weights,
            groups=group_columns(self.groups),
        )
