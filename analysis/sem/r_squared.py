"""Share of explained variance of every indicator and outcome: 1 - residual variance / implied variance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.sem.fit import Fit


def r_squared(fit: Fit) -> pd.DataFrame:
    """One row a dependent variable and group: variable, group, r_squared. NaN where a residual variance is
    negative.
    """
    model = fit.solution.model
    estimates = fit.solution.row_estimates()
    standardised = fit.parameters["std_all"].to_numpy()
    dependent = {(r.rhs if r.op == "=~" else r.lhs) for r in model.table.rows if r.op in ("=~", "~")}
    records = [
        {
            "variable": row.lhs,
            "group": row.group,
            "r_squared": 1.0 - standardised[i] if estimates[i] >= 0 else np.nan,
        }
        for i, row in enumerate(model.table.rows)
        if row.op == "~~" and row.lhs == row.rhs and row.lhs in dependent
    ]
    return pd.DataFrame.from_records(records, columns=["variable", "group", "r_squared"])
