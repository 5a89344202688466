"""Parameter table → LISREL matrices per group → implied moments and their exact first derivatives.

All-y LISREL with Beta (Bollen, 1989, ch. 8): y = nu + Lambda eta + eps, eta = alpha + Beta eta + zeta, Sigma
= Lambda A Psi A' Lambda' + Theta, mu = nu + Lambda A alpha, with A = (I - Beta)^-1. An observed variable
that predicts, is predicted, or covaries with a latent becomes a latent of its own (loading 1, no residual).
Ordinal variables (Muthén, 1984): thresholds tau, scaling factors Delta; moments are Delta (tau - mu) and
Delta Sigma Delta.
"""

from __future__ import annotations

import numpy as np

from analysis.results import FloatArray, IntArray
from analysis.sem.derivatives import Structure
from analysis.sem.layout import Layout, layout_of, lower_indices
from analysis.sem.matrices import Implied, Matrices
from analysis.sem.ordinal_residuals import computed_psi, computed_psi_slopes
from analysis.sem.parameter_table import ParameterTable

__all__ = ["Implied", "Layout", "Matrices", "Model", "lower_indices"]


class Model:
    """A parameter table as functions of its free vector x (n_free,); theta (n_theta,) gives x = offset +
    basis·theta.

    fixed: value of every row that is not free, shape (n_rows,); rows of fixed covariates come from the
    sample.
    """

    def __init__(self, table: ParameterTable, fixed: FloatArray | None = None) -> None:
        self.table = table
        self.fixed = np.array([row.value for row in table.rows]) if fixed is None else np.asarray(fixed)
        self.layouts = tuple(layout_of(table, group) for group in range(1, table.options.ngroups + 1))
        self.meanstructure = any(row.op == "~1" for row in table.rows)
        self.categorical = bool(table.variables.ordered)
        self.given_covariates = self._without_covariates() if self.categorical else None

    def _without_covariates(self) -> Model | None:
        """The model given its fixed covariates, whose moments count as zero; None without any."""
        exogenous = np.array([row.exogenous for row in self.table.rows])
        if not np.any(self.fixed[exogenous] != 0):
            return None
        return Model(self.table, np.where(exogenous, 0.0, self.fixed))

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.layouts)

    @property
    def covariates(self) -> tuple[str, ...]:
        """Observed variables whose moments are fixed at their sample values."""
        return tuple(
            row.lhs for row in self.table.rows if row.exogenous and row.lhs == row.rhs and row.group == 1
        )

    @property
    def observed(self) -> tuple[str, ...]:
        """Observed variables in the order of all moments."""
        return self.table.variables.observed

    def free_vector(self, theta: FloatArray) -> FloatArray:
        """Free rows x from the unconstrained theta."""
        return np.asarray(self.table.offset + self.table.basis @ theta)

    def theta_of(self, x: FloatArray) -> FloatArray:
        """Least-squares theta for given free rows (exact when x obeys the constraints)."""
        solution, *_ = np.linalg.lstsq(self.table.basis, x - self.table.offset, rcond=None)
        return np.asarray(solution)

    def row_values(self, x: FloatArray) -> FloatArray:
        """Value of every row of the table, shape (n_rows,)."""
        values = self.fixed.copy()
        values[list(self.table.free_rows)] = x
        return values

    def reported_values(self, x: FloatArray) -> FloatArray:
        """Value of every row, with what follows from the others: residual variances (delta) or scales
        (theta) of ordinals.
        """
        values = self.row_values(x)
        if not self.categorical:
            return values
        if self.given_covariates is not None:
            exogenous = np.array([row.exogenous for row in self.table.rows])
            return np.where(exogenous, values, self.given_covariates.reported_values(x))
        for group, layout in enumerate(self.layouts):
            matrices, structure = self.matrices(x, group), self.structure(x, group)
            scale = self.scaling(matrices, structure.cov, layout)
            theta = self.table.options.parameterization == "theta"
            for k in layout.cells("delta" if theta else "theta"):
                i = int(layout.row[k])
                if i not in layout.ordered or (not theta and i != layout.column[k]):
                    continue
                explained = structure.cov[i, i] - matrices.theta[i, i]
                values[layout.rows[k]] = scale[i] if theta else 1.0 / scale[i] ** 2 - explained
            for k in self.computed_cells(layout):
                values[layout.rows[k]] = matrices.psi[layout.row[k], layout.row[k]]
        return values

    def matrices(self, x: FloatArray, group: int) -> Matrices:
        """Fill the matrices of one group (from 0)."""
        layout = self.layouts[group]
        values = self.row_values(x)[layout.rows]
        p, m = len(layout.observed), len(layout.latent)
        full = {
            "lambda": np.zeros((p, m)),
            "theta": np.zeros((p, p)),
            "psi": np.zeros((m, m)),
            "beta": np.zeros((m, m)),
            "nu": np.zeros((p, 1)),
            "alpha": np.zeros((m, 1)),
            "tau": np.zeros((len(layout.threshold_of), 1)),
            "delta": np.ones((p, 1)),
        }
        for name, target in full.items():
            k = layout.cells(name)
            target[layout.row[k], layout.column[k]] = values[k]
            if name in ("theta", "psi"):
                target[layout.column[k], layout.row[k]] = values[k]
        for i, j in layout.stand_ins:
            full["lambda"][i, j] = 1.0
        psi = full["psi"]
        if self.computed(layout) and self.given_covariates is not None:
            given = self.given_covariates.matrices(x, group).psi
            for _, j in self.computed(layout):
                psi[j, j] = given[j, j]
        elif self.computed(layout):
            total = np.linalg.inv(np.eye(m) - full["beta"])
            psi = computed_psi(full["lambda"] @ total, psi, full["delta"][:, 0], self.computed(layout))
        return Matrices(
            lambda_=full["lambda"],
            theta=full["theta"],
            psi=psi,
            beta=full["beta"],
            nu=full["nu"][:, 0],
            alpha=full["alpha"][:, 0],
            tau=full["tau"][:, 0],
            delta=full["delta"][:, 0],
        )

    def computed(self, layout: Layout) -> tuple[tuple[int, int], ...]:
        """Ordinal stand-ins (observed, latent) whose residual variance is computed (delta)."""
        if self.table.options.parameterization != "delta" or not layout.ordered:
            return ()
        return tuple((i, j) for i, j in layout.stand_ins if i in layout.ordered)

    def computed_cells(self, layout: Layout) -> list[int]:
        """Positions (into the layout's rows) of the computed residual variances, as `computed` lists them."""
        place = {(int(layout.row[k]), int(layout.column[k])): int(k) for k in layout.cells("psi")}
        return [place[j, j] for _, j in self.computed(layout)]

    def computed_slopes(self, x: FloatArray, group: int) -> FloatArray:
        """Derivatives of the computed residual variances by the free rows, (n_computed, n_free)."""
        layout = self.layouts[group]
        chosen = self.computed(layout)
        if not chosen:
            return np.zeros((0, self.table.n_free))
        if self.given_covariates is not None:
            return self.given_covariates.computed_slopes(x, group)
        structure, matrices = self.structure(x, group), self.matrices(x, group)
        slopes = np.zeros((len(layout.observed), self.table.n_free))
        slopes[:, structure.positions] = np.einsum("iiq->iq", structure.cov_jacobian())
        cells = layout.cells("delta")
        places = {int(layout.row[k]): int(layout.free[k]) for k in cells if layout.free[k] >= 0}
        paths = matrices.lambda_ @ matrices.total_effects
        return computed_psi_slopes(paths, slopes, matrices.delta, places, chosen)

    def structure(self, x: FloatArray, group: int) -> Structure:
        """Derivatives of the covariance and mean of one group, in product form (see derivatives.py).

        Computed residual variances count as constants here.
        """
        layout, matrices = self.layouts[group], self.matrices(x, group)
        free = np.flatnonzero(layout.free >= 0)
        return Structure.build(
            matrices.lambda_,
            matrices.theta,
            matrices.psi,
            matrices.total_effects,
            matrices.nu,
            matrices.alpha,
            kinds=[layout.matrix[k] for k in free],
            rows=layout.row[free],
            columns=layout.column[free],
            positions=layout.free[free],
        )

    def implied(self, x: FloatArray) -> list[Implied]:
        """Implied moments of every group, on the metric of the sample moments (ordinal variables: unit
        variance).
        """
        moments = []
        for group, layout in enumerate(self.layouts):
            matrices, structure = self.matrices(x, group), self.structure(x, group)
            cov, mean = structure.cov, structure.mean
            scale = self.scaling(matrices, cov, layout)
            cov = scale[:, None] * cov * scale
            cov[layout.ordered, layout.ordered] = 1.0
            thresholds = scale[layout.threshold_of] * (matrices.tau - mean[layout.threshold_of])
            moments.append(Implied(mean=mean, cov=cov, thresholds=thresholds))
        return moments

    def scaling(self, matrices: Matrices, cov: FloatArray, layout: Layout) -> FloatArray:
        """Delta: free under the delta parameterisation, 1/sqrt(implied variance) under theta; 1 for
        continuous.
        """
        scale = np.ones(len(layout.observed))
        ordered = list(layout.ordered)
        if self.table.options.parameterization == "theta":
            scale[ordered] = 1.0 / np.sqrt(np.diag(cov)[ordered])
        else:
            scale[ordered] = matrices.delta[ordered]
        return scale

    def moment_vector(self, mean: FloatArray, cov: FloatArray, thresholds: FloatArray) -> FloatArray:
        """Stack moments of one group in the order of `jacobian`.

        Continuous: (means if modelled,) vech(cov) by columns. With ordinal variables: thresholds of an
        ordinal or the mean of a continuous variable, variable by variable; variances of the continuous ones;
        below-diagonal by columns.
        """
        layout = self.layouts[0]
        lower = lower_indices(len(layout.observed), diagonal=not self.categorical)
        if not self.categorical:
            covariances = cov[lower]
            return np.concatenate([mean, covariances]) if self.meanstructure else covariances
        order, is_threshold = self.first_order(0)
        first = np.where(is_threshold, np.append(thresholds, 0.0)[np.where(is_threshold, order, -1)], 0.0)
        first[~is_threshold] = mean[order[~is_threshold]]
        continuous = [i for i in range(len(layout.observed)) if i not in layout.ordered]
        return np.concatenate([first, np.diag(cov)[continuous], cov[lower]])

    def implied_vectors(self, x: FloatArray) -> list[FloatArray]:
        """`moment_vector` of the implied moments of every group."""
        return [self.moment_vector(i.mean, i.cov, i.thresholds) for i in self.implied(x)]

    def first_order(self, group: int) -> tuple[IntArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        """For the first block of ordinal moments: threshold number or variable number, and which of the two
        it is.
        """
        layout = self.layouts[group]
        order: list[int] = []
        is_threshold: list[bool] = []
        for i in range(len(layout.observed)):
            if i in layout.ordered:
                mine = np.flatnonzero(layout.threshold_of == i)
                order.extend(int(k) for k in mine)
                is_threshold.extend([True] * len(mine))
            else:
                order.append(i)
                is_threshold.append(False)
        return np.array(order, dtype=np.int64), np.array(is_threshold, dtype=np.bool_)

    def jacobian(self, x: FloatArray) -> list[FloatArray]:
        """d moment_vector / d x per group, shape (n_moments, n_free). Exact."""
        blocks = []
        for group, layout in enumerate(self.layouts):
            structure = self.structure(x, group)
            d_mean, d_cov = structure.mean_jacobian(), structure.cov_jacobian()
            if self.categorical:
                local = self._ordinal_jacobian(x, group, structure, d_mean, d_cov)
                positions = layout.free[layout.free >= 0]
            else:
                lower = lower_indices(len(layout.observed), diagonal=True)
                local = d_cov[lower]
                if self.meanstructure:
                    local = np.concatenate([d_mean, local])
                positions = structure.positions
            block = np.zeros((local.shape[0], self.table.n_free))
            block[:, positions] = local
            blocks.append(block)
        return blocks

    def _ordinal_jacobian(
        self, x: FloatArray, group: int, structure: Structure, d_mean: FloatArray, d_cov: FloatArray
    ) -> FloatArray:
        """Chain rule through Delta: d(Delta Sigma Delta) and d(Delta (tau - mu)), columns in order of the
        group's free rows.
        """
        layout, matrices = self.layouts[group], self.matrices(x, group)
        cov, mean = structure.cov, structure.mean
        scale = self.scaling(matrices, cov, layout)
        p, q = cov.shape[0], d_mean.shape[1]
        for (_, latent), slope in zip(self.computed(layout), self.computed_slopes(x, group), strict=True):
            path = matrices.lambda_ @ matrices.total_effects[:, latent]
            d_cov = d_cov + np.outer(path, path)[:, :, None] * slope[structure.positions]
        free = np.flatnonzero(layout.free >= 0)
        d_scale, d_tau = np.zeros((p, q)), np.zeros((len(layout.threshold_of), q))
        ordered = np.array(layout.ordered, dtype=np.int64)
        for column, k in enumerate(free):
            if layout.matrix[k] == "tau":
                d_tau[layout.row[k], column] = 1.0
            elif layout.matrix[k] == "delta" and self.table.options.parameterization == "delta":
                d_scale[layout.row[k], column] = 1.0
        if self.table.options.parameterization == "theta":
            d_scale[ordered] = -0.5 * scale[ordered, None] ** 3 * d_cov[ordered, ordered]
        lower = lower_indices(p, diagonal=False)
        i, j = lower
        d_lower = (
            (scale[i] * scale[j])[:, None] * d_cov[lower]
            + (cov[lower] * scale[j])[:, None] * d_scale[i]
            + (cov[lower] * scale[i])[:, None] * d_scale[j]
        )
        v = layout.threshold_of
        d_threshold = scale[v, None] * (d_tau - d_mean[v]) + d_scale[v] * (matrices.tau - mean[v])[:, None]
        order, is_threshold = self.first_order(group)
        first = np.empty((len(order), q))
        first[is_threshold] = d_threshold[order[is_threshold]]
        first[~is_threshold] = d_mean[order[~is_threshold]]
        continuous = np.array([k for k in range(p) if k not in layout.ordered], dtype=np.int64)
        return np.concatenate([first, d_cov[continuous, continuous], d_lower])
