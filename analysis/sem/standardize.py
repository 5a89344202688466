"""Standardised solutions and their exact Jacobian, for delta-method standard errors.

std_lv: latents have unit variance; std_all: observed variables too. Each standardised value is est · product
of standard deviations to powers ±1, so its derivative needs only those of est and of the variances (Bollen,
1989, p. 124). A residual covariance becomes the correlation of its residuals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray
from analysis.sem.model import Model
from analysis.sem.parameter_table import Parameter


@dataclass(frozen=True)
class _Scales:
    """Variances of one group by name, with derivatives (n_free,): latent, observed, residual (own variance
    row).
    """

    latent: dict[str, tuple[float, FloatArray]]
    observed: dict[str, tuple[float, FloatArray]]
    residual: dict[str, tuple[float, FloatArray]]


def standardize(
    model: Model, x: FloatArray, estimates: FloatArray, *, observed: bool
) -> tuple[FloatArray, FloatArray]:
    """Standardised value of every row (n_rows,) and its Jacobian (n_rows, n_free).

    estimates: value of every row (n_rows,), derived ones included. observed: std_all if true, else std_lv. A
    negative variance leaves NaN in the rows that would divide by its root.
    """
    rows = model.table.rows
    values = np.zeros(len(rows))
    jacobian = np.zeros((len(rows), model.table.n_free))
    free_place = {row: position for position, row in enumerate(model.table.free_rows)}
    derived = derived_jacobian(model, x)
    for group in range(model.n_groups):
        scales = _scales(model, x, group, estimates, free_place, derived)
        for index in model.layouts[group].rows:
            row = rows[index]
            factors = _factors(row, scales, observed)
            scale, slope = _product(factors, model.table.n_free)
            values[index] = estimates[index] * scale
            jacobian[index] = estimates[index] * slope
            if index in free_place:
                jacobian[index, free_place[index]] += scale
            elif index in derived:
                jacobian[index] += derived[index] * scale
            if row.op == "~*~" and observed:
                values[index], jacobian[index] = 1.0, 0.0
    return values, jacobian


def derived_jacobian(model: Model, x: FloatArray) -> dict[int, FloatArray]:
    """Derivatives (n_free,) of rows that are computed, not free: residual variances of ordinal variables."""
    if not model.categorical or model.table.options.parameterization != "delta":
        return {}
    found: dict[int, FloatArray] = {}
    for group, layout in enumerate(model.layouts):
        structure = (model.given_covariates or model).structure(x, group)
        slopes = np.zeros((len(layout.observed), model.table.n_free))
        slopes[:, structure.positions] = np.einsum("iiq->iq", structure.cov_jacobian())
        delta = model.matrices(x, group).delta
        places = dict(zip(layout.row[layout.cells("delta")], layout.free[layout.cells("delta")], strict=True))
        for k in layout.cells("theta"):
            i = int(layout.row[k])
            if i == layout.column[k] and i in layout.ordered:
                slope = -slopes[i]
                if places.get(i, -1) >= 0:
                    slope[places[i]] -= 2.0 / delta[i] ** 3
                found[int(layout.rows[k])] = slope
        for k, slope in zip(model.computed_cells(layout), model.computed_slopes(x, group), strict=True):
            found[int(layout.rows[k])] = slope
    return found


def _scales(
    model: Model,
    x: FloatArray,
    group: int,
    estimates: FloatArray,
    free_place: dict[int, int],
    derived: dict[int, FloatArray],
) -> _Scales:
    layout, structure, matrices = model.layouts[group], model.structure(x, group), model.matrices(x, group)
    n_free = model.table.n_free
    latent_cov = matrices.latent_covariance
    latent_slopes = np.zeros((len(layout.latent), n_free))
    latent_slopes[:, structure.positions] = structure.latent_variance_jacobian(
        matrices.total_effects, latent_cov
    )
    cov_slopes = np.zeros((len(layout.observed), n_free))
    cov_slopes[:, structure.positions] = np.einsum("iiq->iq", structure.cov_jacobian())
    shared, shared_slopes = _covariate_share(model, x, group, np.diag(structure.cov), cov_slopes)
    for (_, j), slope in zip(model.computed(layout), model.computed_slopes(x, group), strict=True):
        effect = matrices.total_effects[:, j]
        latent_slopes += np.outer(effect**2, slope)
        cov_slopes += np.outer((matrices.lambda_ @ effect) ** 2, slope)
    variances = np.diag(structure.cov).copy()
    if model.categorical and model.table.options.parameterization == "delta":
        places = dict(zip(layout.row[layout.cells("delta")], layout.free[layout.cells("delta")], strict=True))
        for i in layout.ordered:
            variances[i] = 1.0 / matrices.delta[i] ** 2 + shared[i]
            cov_slopes[i] = shared_slopes[i]
            if places.get(i, -1) >= 0:
                cov_slopes[i, places[i]] -= 2.0 / matrices.delta[i] ** 3
    residual: dict[str, tuple[float, FloatArray]] = {}
    for index in layout.rows:
        row = model.table.rows[index]
        if row.op == "~~" and row.lhs == row.rhs:
            slope = derived.get(int(index), np.zeros(n_free)).copy()
            if index in free_place:
                slope[free_place[int(index)]] = 1.0
            sign = -1.0 if estimates[index] < 0 else 1.0
            residual[row.lhs] = (sign * float(estimates[index]), sign * slope)
    return _Scales(
        latent={n: (float(latent_cov[j, j]), latent_slopes[j]) for j, n in enumerate(layout.latent)},
        observed={n: (float(variances[i]), cov_slopes[i]) for i, n in enumerate(layout.observed)},
        residual=residual,
    )


def _covariate_share(
    model: Model, x: FloatArray, group: int, variances: FloatArray, slopes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What fixed covariates add to the variances of ordinal responses, (p,), and its slopes (p, n_free)."""
    if model.given_covariates is None:
        return np.zeros(len(variances)), np.zeros_like(slopes)
    given = model.given_covariates.structure(x, group)
    own = np.zeros_like(slopes)
    own[:, given.positions] = np.einsum("iiq->iq", given.cov_jacobian())
    return variances - np.diag(given.cov), slopes - own


def _factors(row: Parameter, scales: _Scales, observed: bool) -> list[tuple[float, FloatArray, float]]:
    """(variance, its slope, power of the variance) for each standard deviation that is a factor."""

    def scale_of(name: str) -> tuple[float, FloatArray] | None:
        if name in scales.observed:
            return scales.observed[name] if observed else None
        return scales.latent[name]

    if row.op in ("=~", "~"):
        up, down = (row.lhs, row.rhs) if row.op == "=~" else (row.rhs, row.lhs)
        powers = [(scale_of(up), 0.5), (scale_of(down), -0.5)]
    elif row.op == "~~" and row.lhs == row.rhs:
        powers = [(scale_of(row.lhs), -1.0)]
    elif row.op == "~~":
        powers = [
            (scales.residual.get(n) if n not in scales.observed or observed else None, -0.5)
            for n in (row.lhs, row.rhs)
        ]
    elif row.op in ("~1", "|"):
        powers = [(scale_of(row.lhs), -0.5)]
    else:
        powers = []
    return [(scale[0], scale[1], power) for scale, power in powers if scale is not None]


def _product(factors: list[tuple[float, FloatArray, float]], size: int) -> tuple[float, FloatArray]:
    """Product of variance**power and its slope."""
    scale, log_slope = 1.0, np.zeros(size)
    for variance, slope, power in factors:
        if variance <= 0 and power != -1.0:
            return np.nan, np.full(size, np.nan)
        if variance == 0:
            return np.nan, np.full(size, np.nan)
        scale *= variance**power
        log_slope = log_slope + power * slope / variance
    return scale, scale * log_slope
