"""S11 in full: every statistic on every pathological data set (make promise-S11)."""

from __future__ import annotations

from tests.analysis.pathology.data_sets import DATA_SETS
from tests.analysis.pathology.judge import outcome
from tests.analysis.pathology.statistics import HEAVY, LIGHT, SEM
from tests.analysis.pathology.sweep import sweep
from tests.analysis.pathology.test_pathology import PLANTED
from tests.promises.record import Result, result


def full() -> Result:
    """Kept when nothing was silent and every planted fault was found."""
    statistics = {**LIGHT, **SEM, **HEAVY}
    found = sweep(statistics)
    caught = [name for name, planted in PLANTED.items() if outcome(planted, DATA_SETS["noise"]()) != "value"]
    tally = found.tally
    figure = (
        f"{len(DATA_SETS)} data sets × {len(statistics)} statistics = {sum(tally.values())}: "
        f"{tally['refused']} refused by name, {tally['flagged']} flagged, {tally['value']} whole, "
        f"{len(found.broken)} silent or bare"
    )
    return result(
        "S11",
        figure=figure,
        kept=not found.broken and len(caught) == len(PLANTED),
        control=f"{len(caught)} of {len(PLANTED)} planted faults found (silent NaN, infinity, bare errors)",
        note="; ".join(found.broken[:5]),
    )
