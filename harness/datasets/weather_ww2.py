"""A day's maximum temperature from its minimum, at weather stations of the Second World War."""

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
    """``MaxTemp`` on ``MinTemp``, both in °C, one row per station and day: 119,040 of them.

    Source: *Weather Conditions in World War Two*, https://www.kaggle.com/datasets/smid80/weatherww2, from the records
    of the US National Centers for Environmental Information. Its licence is not stated, so it is not shipped.

    Attributes
    ----------
    path : str
        The original ``Summary of Weather.csv``, or any csv file with the columns MinTemp and MaxTemp, plain or
        compressed, relative to the current folder.
    """

    path: str

    def check_files(self) -> None:
        """Check that the file exists, without reading it.

        Raises
        ------
        DatasetError
            When it does not. The message says where to get it.
        """
        check_files(self.path, WHERE)

    def load(self) -> Table:
        """Read the two columns; rows with missing values are left out and counted.

        Raises
        ------
        DatasetError
            When there is no such file (the message says where to get it), or it lacks these columns.
        """
        return read_table(self.path, Wanted(features=("MinTemp",), target="MaxTemp"), where=WHERE)
