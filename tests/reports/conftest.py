"""One run that the tests share."""

import pytest

from harness.results import Run
from tests.reports.views import descending_run


@pytest.fixture(scope="session")
def descents(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Advertising on one feature and on three: a direct solver, a swept descent, and others."""
    return descending_run(tmp_path_factory.mktemp("descents"))
