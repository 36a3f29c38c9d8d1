"""The highest temperature of a day from its lowest, at weather stations of the Second World War."""

from dataclasses import dataclass

from harness.datasets._reading.tables import check_files, read_table
from harness.datasets._reading.wanted import Wanted
from harness.datasets.base import Dataset, Table

WHERE = (
    "'Weather Conditions in World War Two' (Summary of Weather.csv) is available from "
    "https://www.kaggle.com/datasets/smid80/weatherww2"
)


@dataclass(frozen=True, kw_only=True)
class WeatherWw2(Dataset):
    """``MaxTemp`` on ``MinTemp``, both in °C, one row a station and day: 119,040 of them.

    Source: *Weather Conditions in World War Two*, https://www.kaggle.com/datasets/smid80/weatherww2, from the records
    of the US National Centers for Environmental Information. Its licence is not stated, so it is not shipped.

    Attributes
    ----------
    path : str
        Of the original ``Summary of Weather.csv``, or of any csv file with its columns MinTemp and MaxTemp; plain or
        compressed. Relative to the current folder.
    """

    path: str

    def check_files(self) -> None:
        """See that the file is there, without reading it.

        Raises
        ------
        DatasetError
            When it is not, which says where it can be had.
        """
        check_files(self.path, WHERE)

    def load(self) -> Table:
        """Read the two columns, leaving out and counting rows that lack a value.

        Raises
        ------
        DatasetError
            When there is no such file, which says where it can be had, or it does not hold these columns.
        """
        return read_table(self.path, Wanted(features=("MinTemp",), target="MaxTemp"), where=WHERE)
