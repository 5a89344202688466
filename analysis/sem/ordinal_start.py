"""Where weighted least squares begins: loadings by principal axes, level by level, then latent covariances.

A start near the solution matters more here than for maximum likelihood, because Gauss-Newton steps are long.
Principal axes: Harman (1976), Modern Factor Analysis, ch. 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.results import FloatArray
from analysis.sem.ordinal_moments import OrdinalMoments
from analysis.sem.parameter_table import Parameter, ParameterTable
from analysis.sem.start_values import start_values

__all__ = ["ordinal_start", "principal_axis", "split_locations"]

LARGEST_LOADING = 0.97


class _Correlations:
    """Correlations among names, observed at first; each extracted factor joins with its loadings."""

    def __init__(self, names: Sequence[str], correlation: FloatArray) -> None:
        self.place = {name: k for k, name in enumerate(names)}
        self.matrix = correlation.copy()
        self.residual = correlation.copy()
        self.explained = dict.fromkeys(names, 0.0)

    def extract(self, factor: str, indicators: Sequence[str]) -> FloatArray:
        """Standardised loadings of one factor; takes them out of the residuals of its indicators."""
        chosen = [self.place[name] for name in indicators]
        block = np.ix_(chosen, chosen)
        loading = principal_axis(self.residual[block])
        self.residual[block] -= np.outer(loading, loading)
        for name, value in zip(indicators, loading, strict=True):
            self.explained[name] += float(value) ** 2
        row = np.clip(loading @ self.matrix[chosen] / (loading @ loading), -0.95, 0.95)
        row[chosen] = loading
        self.place[factor] = len(self.place)
        self.explained[factor] = 0.0
        self.matrix = np.block([[self.matrix, row[:, None]], [row[None, :], np.ones((1, 1))]])
        self.residual = np.block([[self.residual, row[:, None]], [row[None, :], np.ones((1, 1))]])
        return loading


def ordinal_start(
    table: ParameterTable,
    moments: Sequence[OrdinalMoments],
    means: Sequence[FloatArray],
    covariances: Sequence[FloatArray],
) -> FloatArray:
    """Values of all rows, (n_rows,): fixed values, the user's starts, sample thresholds, principal axes.

    means (p,), covariances (p, p): of all observed variables, covariates included.
    """
    thresholds = [split_locations(group)[1] for group in moments]
    values = start_values(table, means, covariances, thresholds)
    for number, group in enumerate(moments, start=1):
        rows = {i: table.rows[i] for i in table.group_rows(number)}
        theta = table.options.parameterization == "theta"
        _improve(rows, values, group, table.variables.latent, theta=theta)
    return values


def split_locations(moments: OrdinalMoments) -> tuple[FloatArray, dict[tuple[str, int], float]]:
    """Means of the continuous variables, (p,), and thresholds by (item, number)."""
    mean = np.zeros(len(moments.names))
    cuts: dict[tuple[str, int], float] = {}
    for variable, value in zip(moments.location_variable, moments.locations, strict=True):
        name = moments.names[variable]
        if moments.ordered[variable]:
            cuts[(name, 1 + sum(key[0] == name for key in cuts))] = float(value)
        else:
            mean[variable] = value
    return mean, cuts


def _improve(
    rows: Mapping[int, Parameter],
    values: FloatArray,
    moments: OrdinalMoments,
    latent: Sequence[str],
    *,
    theta: bool,
) -> None:
    """Replace the starts of one group's free loadings, variances and latent covariances."""
    deviation = np.sqrt(np.diag(moments.covariance))
    known = _Correlations(moments.names, moments.covariance / np.outer(deviation, deviation))
    standardised = _extract_all(rows, known, latent)
    scale = dict(zip(moments.names, deviation.tolist(), strict=True))
    for name, ordered in zip(moments.names, moments.ordered, strict=True):
        if ordered and theta:
            scale[name] = 1.0 / np.sqrt(1.0 - min(known.explained[name], 0.9))
    open_rows = {i for i, row in rows.items() if row.free and np.isnan(row.value)}
    for factor, loading in standardised.items():
        mine = {i: r for i, r in rows.items() if r.op == "=~" and r.lhs == factor}
        natural = {i: loading[r.rhs] * scale[r.rhs] for i, r in mine.items()}
        marker = [i for i in mine if i not in open_rows and abs(values[i]) > 1e-8]
        scale[factor] = 1.0
        if marker:
            size = natural[marker[0]] / values[marker[0]]
            scale[factor] = size if abs(size) > 0.1 else float(np.copysign(0.1, size))
        for i in open_rows.intersection(mine):
            values[i] = natural[i] / scale[factor]
    for i in open_rows:
        values[i] = _moment_start(rows[i], values[i], known, scale, moments, theta=theta)


def _extract_all(
    rows: Mapping[int, Parameter], known: _Correlations, latent: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Standardised loadings of every factor that can be reached, larger factors of a level first."""
    indicators = {f: [r.rhs for r in rows.values() if r.op == "=~" and r.lhs == f] for f in latent}
    found: dict[str, dict[str, float]] = {}
    waiting = sorted((f for f in latent if indicators[f]), key=lambda f: -len(indicators[f]))
    while waiting:
        ready = [f for f in waiting if all(name in known.place for name in indicators[f])]
        if not ready:
            break
        for factor in ready:
            loading = known.extract(factor, indicators[factor])
            found[factor] = dict(zip(indicators[factor], loading.tolist(), strict=True))
        waiting = [f for f in waiting if f not in ready]
    return found


def _moment_start(
    row: Parameter,
    value: float,
    known: _Correlations,
    scale: Mapping[str, float],
    moments: OrdinalMoments,
    *,
    theta: bool,
) -> float:
    """Start of a variance, covariance or (under theta) threshold; other rows keep their value."""
    lhs, rhs = row.lhs, row.rhs
    ordered = lhs in moments.names and bool(moments.ordered[moments.names.index(lhs)])
    if row.op == "|" and theta:
        return value * scale[lhs]
    if row.op != "~~" or lhs not in scale or rhs not in scale:
        return value
    if lhs == rhs:
        return 1.0 if ordered else float(scale[lhs] ** 2 * max(1.0 - known.explained[lhs], 0.05))
    if lhs in moments.names or known.explained[lhs] or known.explained[rhs]:
        return value
    return float(known.matrix[known.place[lhs], known.place[rhs]] * scale[lhs] * scale[rhs])


def principal_axis(correlation: FloatArray) -> FloatArray:
    """Loadings (k,) of one factor on k variables, first one positive, none beyond ±0.97.

    correlation: (k, k); its diagonal is not used, so that residual correlations will do.
    """
    k = correlation.shape[0]
    if k == 1:
        return np.full(1, LARGEST_LOADING)
    off = correlation - np.diag(np.diag(correlation))
    loading, communality = np.zeros(k), np.abs(off).max(axis=1)
    for _ in range(15):
        values, vectors = np.linalg.eigh(off + np.diag(communality))
        loading = vectors[:, -1] * np.sqrt(max(float(values[-1]), 1e-6))
        communality = np.minimum(loading**2, LARGEST_LOADING**2)
    return np.asarray(np.clip(loading if loading[0] >= 0 else -loading, -LARGEST_LOADING, LARGEST_LOADING))
