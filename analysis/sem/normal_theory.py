"""The maximum-likelihood family: ML, MLM (Satorra-Bentler), MLR (Yuan-Bentler, Mplus variant), FIML.

Casewise scores are products of two linear forms, (u'Vy)(v'Vy), so robust quantities cost one pass over the n
rows and no fourth-moment matrix is formed (Satorra & Bentler, 1994; Yuan & Bentler, 2000; Asparouhov &
Muthén, 2005).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.results import FloatArray, IntArray
from analysis.sem import incomplete_h1, unrestricted
from analysis.sem.estimation import Discrepancy
from analysis.sem.inference import TestStatistic, mean_scaled, rescaled
from analysis.sem.likelihood import NormalTheory, saturated_value
from analysis.sem.model import Model
from analysis.sem.moments import SampleMoments


class NormalMethod:
    """estimator: "ML", "MLM" or "MLR"; with missing values the information is always observed."""

    has_reference = True

    def __init__(self, model: Model, sample: SampleMoments, estimator: str) -> None:
        self.model = model
        self.sample = sample
        self.estimator = estimator
        self.n = sample.n
        self.saturated = saturated_value(sample)
        self.likelihood = NormalTheory(model, sample, self.saturated)

    def discrepancy(self) -> Discrepancy:
        """-2/N log-likelihood ratio against the unrestricted model."""
        return self.likelihood

    def n_moments(self) -> int:
        """Variances, covariances (and means) of all groups, without those among fixed covariates."""
        return len(self.sample.groups) * unrestricted.count_moments(self.model)

    def information(self, x: FloatArray) -> FloatArray:
        """Expected for ML and MLM with complete data, observed otherwise."""
        if self.estimator == "MLR" or not self.sample.complete:
            return self.likelihood.observed_information(x)
        return self.likelihood.expected_information(x)

    def score_variance(self, x: FloatArray) -> FloatArray | None:
        """Cross-product of casewise scores: at the model (MLR), about the sample moments (MLM)."""
        if self.estimator == "MLR":
            return cross_product(self.model, self.sample, x)
        if self.estimator == "MLM":
            return cross_product(self.model, self.sample, x, about_sample=True)
        return None

    def scaled_test(
        self, x: FloatArray, inverse: FloatArray, standard: TestStatistic, n_theta: int
    ) -> TestStatistic | None:
        """MLM: tr(UΓ)/df. MLR: (tr(A1^-1 B1) - tr(A0^-1 B0))/df, unrestricted minus model."""
        if self.estimator == "MLM":
            meat = cross_product(self.model, self.sample, x, about_sample=True)
            trace = unrestricted.weighted_gamma_trace(self.model, self.sample, x) - float(
                np.sum(inverse * meat)
            )
            return mean_scaled(standard, trace, "satorra.bentler")
        if self.estimator == "MLR":
            h0 = float(np.sum(inverse * cross_product(self.model, self.sample, x)))
            h1 = self._unrestricted_trace()
            trace = h1 - h0
            return rescaled(
                standard,
                trace / standard.df if standard.df > 0 else np.nan,
                name="yuan.bentler.mplus",
                trace=trace,
                scaling_h0=h0 / n_theta_rows(self.model),
                scaling_h1=h1 / self.n_moments(),
            )
        return None

    def _unrestricted_trace(self) -> float:
        if self.sample.complete and not self.model.covariates:
            return unrestricted.first_order_trace(self.model, self.sample)
        if self.sample.complete:
            return unrestricted.conditional_trace(self.model, self.sample)
        return incomplete_h1.unrestricted_information(self.model, self.sample).first_order_trace


def n_theta_rows(model: Model) -> int:
    """The divisor of lavaan's scaling.factor.h0: all free rows, equal ones counted singly."""
    return max(model.table.n_free, 1)


def cross_product(
    model: Model, sample: SampleMoments, x: FloatArray, *, about_sample: bool = False
) -> FloatArray:
    """(1/N) sum of s_i s_i', shape (n_free, n_free)."""
    total = np.zeros((len(x), len(x)))
    for group in range(len(sample.groups)):
        positions = model.structure(x, group).positions
        own = np.zeros((len(positions), len(positions)))
        for _, scores in score_blocks(model, sample, x, group, about_sample=about_sample):
            own += scores.T @ scores
        total[np.ix_(positions, positions)] += own
    return total / sample.n


def casewise_scores(model: Model, sample: SampleMoments, x: FloatArray, group: int) -> FloatArray:
    """Score of each row of one group, (n_group, q): d log-likelihood / d x at the model."""
    scores = np.zeros((sample.groups[group].n, len(model.structure(x, group).left)))
    for rows, block in score_blocks(model, sample, x, group):
        scores[rows] = block
    return scores


def score_blocks(
    model: Model, sample: SampleMoments, x: FloatArray, group: int, *, about_sample: bool = False
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Rows and their scores (k, q), some thousand rows at a time.

    about_sample: J'V (z_i - s) instead, with z_i the row's moments about the sample mean (less those fitted
    by fixed covariates, which do not vary) and V at the model.
    """
    structure, moments = model.structure(x, group), sample.groups[group]
    u, v = structure.left, structure.right
    for pattern in moments.patterns:
        o = pattern.observed
        base = structure.base[o]
        projected = np.linalg.solve(structure.cov[np.ix_(o, o)], base)
        centre = moments.mean if about_sample or not model.meanstructure else structure.mean
        expected = (base.T @ projected)[u, v]
        slopes = np.zeros((len(o), len(o)))
        if about_sample:
            slopes = unrestricted.covariate_slopes(model, pattern.cov)
            varying = pattern.cov - slopes.T @ pattern.cov @ slopes
            expected = (projected.T @ varying @ projected)[u, v]
        for chunk in unrestricted.row_chunks(pattern.n):
            rows = pattern.rows[chunk]
            centred = moments.data[np.ix_(rows, o)] - centre[o]
            along = centred @ projected
            products = along[:, u] * along[:, v]
            if about_sample and slopes.any():
                fitted = centred @ slopes @ projected
                products -= fitted[:, u] * fitted[:, v]
                along = along - fitted
            scores = structure.scale * (products - expected)
            if model.meanstructure:
                scores += structure.mean_scale * along[:, u]
            yield rows, scores
