"""Times whose control drifted are shown, and kept out of verdicts."""

from dataclasses import replace

import numpy as np

from harness.results import Row
from tests.support.runs import key, measured


def test_a_round_whose_control_drifted_has_no_log_ratio() -> None:
    rng = np.random.default_rng(0)
    rounds = [measured(rng, round_=number) for number in range(4)]
    rounds[1] = replace(rounds[1], control_drift=True, notes=("changed the locale in its process",))
    row = Row(key(rounds[0].case), tuple(rounds))
    assert len(row.log_ratios) == 3
    assert row.control_drift
    assert row.timing is not None
    assert row.timing.rounds == 4
    assert row.record()["notes"] == ("changed the locale in its process",)
    assert not Row(row.case, tuple(rounds[2:])).control_drift
