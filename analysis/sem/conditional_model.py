"""An ordinal model given its observed covariates: implied thresholds, slopes and residual correlations.

With x fixed, y* = nu + Lambda A (alpha + Gamma x + zeta): slopes are Delta Lambda A Gamma, and the moments of
x have no part in thresholds and correlations (Muthén, 1984, case with x; lavaan's conditional.x).
"""

from __future__ import annotations

import numpy as np

from analysis.results import FloatArray, IntArray
from analysis.sem.model import Layout, Model, lower_indices
from analysis.sem.parameter_table import ParameterTable

__all__ = ["ConditionalModel"]


class ConditionalModel(Model):
    """A model whose moments are those of the responses given the covariates: exogenous rows count as zero."""

    def __init__(self, table: ParameterTable, fixed: FloatArray) -> None:
        exogenous = np.array([row.exogenous for row in table.rows])
        super().__init__(table, np.where(exogenous, 0.0, fixed))
        names = table.variables.observed
        given = set(table.variables.exogenous)
        self.responses: IntArray = np.array(
            [i for i, v in enumerate(names) if v not in given], dtype=np.int64
        )
        self.given: IntArray = np.array([i for i, v in enumerate(names) if v in given], dtype=np.int64)

    def implied_vectors(self, x: FloatArray) -> list[FloatArray]:
        """Thresholds, slopes covariate by covariate, residual correlations, per group."""
        vectors = []
        for group, whole in enumerate(super().implied_vectors(x)):
            first, rest = self._kept(self.layouts[group])
            slopes = self._slopes(x, group)
            vectors.append(np.concatenate([whole[first], slopes.T.ravel(), whole[rest]]))
        return vectors

    def jacobian(self, x: FloatArray) -> list[FloatArray]:
        """Derivatives of `implied_vectors` by the free rows."""
        blocks = []
        for group, whole in enumerate(super().jacobian(x)):
            first, rest = self._kept(self.layouts[group])
            blocks.append(np.concatenate([whole[first], self._slope_jacobian(x, group), whole[rest]]))
        return blocks

    def _kept(self, layout: Layout) -> tuple[IntArray, IntArray]:
        """Places of the thresholds and of the correlations of the responses among all moments."""
        order, is_threshold = self.first_order(0)
        rows, columns = lower_indices(len(layout.observed), diagonal=False)
        both = np.isin(rows, self.responses) & np.isin(columns, self.responses)
        before = len(order) + len(self.given)
        return np.flatnonzero(is_threshold), before + np.flatnonzero(both)

    def _latent_places(self, layout: Layout) -> IntArray:
        places = dict(layout.stand_ins)
        return np.array([places[int(i)] for i in self.given], dtype=np.int64)

    def _slopes(self, x: FloatArray, group: int) -> FloatArray:
        """Delta Lambda A Gamma, (responses, covariates)."""
        layout, matrices = self.layouts[group], self.matrices(x, group)
        scale = self.scaling(matrices, self.structure(x, group).cov, layout)[self.responses]
        paths = matrices.lambda_ @ matrices.total_effects
        slopes: FloatArray = paths[np.ix_(self.responses, self._latent_places(layout))]
        return np.asarray(scale[:, None] * slopes)

    def _slope_jacobian(self, x: FloatArray, group: int) -> FloatArray:
        """Derivatives of the slopes, covariate by covariate, by the free rows."""
        layout, matrices, structure = self.layouts[group], self.matrices(x, group), self.structure(x, group)
        scale = self.scaling(matrices, structure.cov, layout)[self.responses]
        total = matrices.total_effects
        paths = matrices.lambda_ @ total
        latent = self._latent_places(layout)
        own = np.zeros((len(self.responses), len(latent), self.table.n_free))
        d_scale = np.zeros((len(self.responses), self.table.n_free))
        place = {int(i): k for k, i in enumerate(self.responses)}
        for k in np.flatnonzero(layout.free >= 0):
            kind, row, column, position = (
                layout.matrix[k],
                int(layout.row[k]),
                int(layout.column[k]),
                layout.free[k],
            )
            if kind == "lambda" and row in place:
                own[place[row], :, position] += total[column, latent]
            elif kind == "beta":
                own[:, :, position] += np.outer(paths[self.responses, row], total[column, latent])
            elif kind == "delta" and self.table.options.parameterization == "delta" and row in place:
                d_scale[place[row], position] = 1.0
        if self.table.options.parameterization == "theta":
            variances = np.zeros((len(layout.observed), self.table.n_free))
            variances[:, structure.positions] = np.einsum("iiq->iq", structure.cov_jacobian())
            d_scale = -0.5 * scale[:, None] ** 3 * variances[self.responses]
        slopes = paths[np.ix_(self.responses, latent)]
        change = scale[:, None, None] * own + slopes[:, :, None] * d_scale[:, None, :]
        return np.asarray(change.transpose(1, 0, 2).reshape(-1, self.table.n_free))
