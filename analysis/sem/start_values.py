"""Where estimation begins: loadings from instrumental variables, half the variances, sample means and
thresholds.

Close to lavaan's own, so that a likelihood with several maxima is climbed from the same side (FABIN 3:
Hägglund, 1982, Psychometrika 47; three-indicator closed form: Bollen, 1989, ch. 7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.results import FloatArray
from analysis.sem.parameter_table import Parameter, ParameterTable


def start_values(
    table: ParameterTable,
    means: Sequence[FloatArray],
    covariances: Sequence[FloatArray],
    thresholds: Sequence[Mapping[tuple[str, int], float]] = (),
) -> FloatArray:
    """A value for every row, shape (n_rows,): fixed values, the user's starts, else defaults.

    means (p,), covariances (p, p), thresholds ((variable, level) → value) per group, in the order of the
    observed.
    """
    values = np.zeros(len(table.rows))
    for group, (mean, cov) in enumerate(zip(means, covariances, strict=True), start=1):
        indices = table.group_rows(group)
        own = thresholds[group - 1] if thresholds else {}
        _one_group(table, indices, values, np.asarray(mean), np.asarray(cov), own)
    for index, row in enumerate(table.rows):
        if not np.isnan(row.value):
            values[index] = row.value
    values[~np.isfinite(values)] = 0.5
    return values


def _one_group(
    table: ParameterTable,
    indices: Sequence[int],
    values: FloatArray,
    mean: FloatArray,
    cov: FloatArray,
    thresholds: Mapping[tuple[str, int], float],
) -> None:
    variables = table.variables
    place = {name: i for i, name in enumerate(variables.observed)}
    latent = set(variables.latent)
    exogenous = set(variables.exogenous)
    for index in indices:
        row = table.rows[index]
        values[index] = _default(
            row, place, latent, exogenous, mean, cov, thresholds, bool(variables.ordered)
        )
        if row.op == "~~" and row.lhs in variables.ordered and row.lhs == row.rhs:
            values[index] = 1.0
    rows = {index: table.rows[index] for index in indices}
    for factor in variables.latent:
        _loadings(factor, rows, values, place, latent, cov)
    _single_indicator_variances(rows, values, place, variables.latent_exogenous, cov)
    if not latent:
        _regressions(rows, values, place, cov)


def _default(
    row: Parameter,
    place: Mapping[str, int],
    latent: set[str],
    exogenous: set[str],
    mean: FloatArray,
    cov: FloatArray,
    thresholds: Mapping[tuple[str, int], float],
    categorical: bool,
) -> float:
    if row.op == "=~":
        return 0.7 if categorical else 1.0
    if row.op == "~*~":
        return 1.0
    if row.op == "|":
        return thresholds.get((row.lhs, int(row.rhs[1:])), 0.0)
    if row.op == "~1":
        return 0.0 if row.lhs in latent else float(mean[place[row.lhs]])
    if row.op == "~~" and row.lhs in exogenous and row.rhs in exogenous:
        return float(cov[place[row.lhs], place[row.rhs]])
    if row.op == "~~" and row.lhs == row.rhs:
        return 0.05 if row.lhs in latent else 0.5 * float(cov[place[row.lhs], place[row.lhs]])
    return 0.0


def _loadings(
    factor: str,
    rows: Mapping[int, Parameter],
    values: FloatArray,
    place: Mapping[str, int],
    latent: set[str],
    cov: FloatArray,
) -> None:
    mine = [i for i, r in rows.items() if r.op == "=~" and r.lhs == factor]
    if any(rows[i].rhs in latent for i in mine):
        return
    variance = [r for r in rows.values() if r.op == "~~" and r.lhs == factor and r.rhs == factor]
    standardised = bool(variance) and not variance[0].free and variance[0].value == 1.0
    chosen = [place[rows[i].rhs] for i in mine]
    values[mine] = one_factor_loadings(cov[np.ix_(chosen, chosen)], standardised=standardised)


def one_factor_loadings(cov: FloatArray, *, standardised: bool) -> FloatArray:
    """Loadings of one factor, first one 1 (or factor variance 1), shape (k,), from the covariance (k, k)."""
    k = len(cov)
    with np.errstate(all="ignore"):
        loadings, negative = _triad(cov, standardised) if k < 4 else (_fabin(cov, standardised), False)
    loadings = np.where(np.isfinite(loadings), loadings, 1.0)
    return np.full(k, 0.7 if standardised else 1.0) if negative else loadings


def _triad(cov: FloatArray, standardised: bool) -> tuple[FloatArray, bool]:
    """Closed form for three indicators; one or two are padded."""
    k = len(cov)
    s = np.ones((3, 3))
    s[:k, :k] = cov
    if k == 1:
        s[:] = 1.0
    if k == 2:
        s[0, 2] = s[2, 0] = np.diag(cov).mean()
        s[1, 2] = s[2, 1] = cov[0, 1]
        s[2, 2] = np.diag(cov).max()
    negative = bool(s[0, 1] * s[0, 2] * s[1, 2] < 0)
    psi = s[0, 1] * s[0, 2] / s[1, 2]
    loadings = np.array([1.0, s[1, 2] / s[0, 2], s[1, 2] / s[0, 1]])
    lowest = 0.1 * s[0, 0]
    psi = min(max(psi, lowest), s[0, 0])
    bound = np.sqrt(np.diag(s) / lowest)
    loadings[1:] = np.clip(loadings, -bound, bound)[1:]
    if standardised:
        loadings = loadings * np.sqrt(abs(psi))
    return loadings[:k], negative


def _fabin(cov: FloatArray, standardised: bool) -> FloatArray:
    """FABIN 3: each loading by two-stage least squares with the other indicators as instruments."""
    k = len(cov)
    loadings = np.ones(k)
    for i in range(1, k):
        others = [j for j in range(1, k) if j != i]
        to_first = cov[others, 0]
        weight, *_ = np.linalg.lstsq(cov[np.ix_(others, others)], to_first, rcond=None)
        loadings[i] = cov[i, others] @ weight / (to_first @ weight)
    bound = np.sqrt(np.diag(cov) / (0.1 * cov[0, 0]))
    loadings[1:] = np.clip(loadings, -bound, bound)[1:]
    if not standardised:
        return loadings
    projection = np.outer(loadings, loadings) / (loadings @ loadings)
    uniqueness = np.linalg.lstsq(
        np.eye(k) - projection**2, np.diag(cov - projection @ cov @ projection), rcond=None
    )[0]
    psi = loadings @ (cov - np.diag(uniqueness)) @ loadings / (loadings @ loadings) ** 2
    return np.asarray(loadings * np.sign(psi) * np.sqrt(abs(psi)))


def _single_indicator_variances(
    rows: Mapping[int, Parameter],
    values: FloatArray,
    place: Mapping[str, int],
    factors: Sequence[str],
    cov: FloatArray,
) -> None:
    for factor in factors:
        indicators = [r.rhs for r in rows.values() if r.op == "=~" and r.lhs == factor]
        if len(indicators) != 1 or indicators[0] not in place:
            continue
        total = float(cov[place[indicators[0]], place[indicators[0]]])
        residual = [r.value for r in rows.values() if r.op == "~~" and r.lhs == r.rhs == indicators[0]]
        error = residual[0] if residual and not np.isnan(residual[0]) else 1.0
        for index, row in rows.items():
            if row.op == "~~" and row.lhs == row.rhs == factor:
                values[index] = max(total - error, 0.05)


def _regressions(
    rows: Mapping[int, Parameter], values: FloatArray, place: Mapping[str, int], cov: FloatArray
) -> None:
    """Path models without latents start at their least-squares solution."""
    for outcome in dict.fromkeys(r.lhs for r in rows.values() if r.op == "~"):
        mine = [i for i, r in rows.items() if r.op == "~" and r.lhs == outcome]
        x, y = [place[rows[i].rhs] for i in mine], place[outcome]
        slopes, *_ = np.linalg.lstsq(cov[np.ix_(x, x)], cov[x, y], rcond=None)
        values[mine] = slopes
        residual = float(cov[y, y] - slopes @ cov[x, y])
        for index, row in rows.items():
            if row.op == "~~" and row.lhs == row.rhs == outcome and 0.01 < residual / cov[y, y] < 0.99:
                values[index] = residual


def parameter_scales(table: ParameterTable, covariances: Sequence[FloatArray]) -> FloatArray:
    """Size of a typical change of each free row, (n_free,), so that steps do not depend on the units of the
    items.

    A latent takes the standard deviation of the item (or latent) whose loading is fixed at one, else 1.
    """
    place = {name: i for i, name in enumerate(table.variables.observed)}
    latent = set(table.variables.latent)
    scales = []
    for index in table.free_rows:
        row = table.rows[index]
        sd = np.sqrt(np.diag(covariances[row.group - 1]))
        units = {name: float(sd[i]) for name, i in place.items()}
        markers = {
            r.lhs: r.rhs
            for r in table.rows
            if r.op == "=~" and r.group == row.group and not r.free and r.value == 1.0
        }
        left, right = (_unit(name, units, markers, latent) for name in (row.lhs, row.rhs or row.lhs))
        if row.op == "~~":
            scales.append(left * right)
        elif row.op == "=~":
            scales.append(right / left)
        elif row.op == "~":
            scales.append(left / right)
        else:
            scales.append(left)
    return np.array(scales)


def _unit(name: str, units: Mapping[str, float], markers: Mapping[str, str], latent: set[str]) -> float:
    for _ in range(10):
        if name not in latent:
            return units.get(name, 1.0)
        if name not in markers:
            return 1.0
        name = markers[name]
    return 1.0
