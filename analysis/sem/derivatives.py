"""First and second derivatives of the implied covariance and mean, kept as outer products.

Every dSigma/dx_k is s_k (u_k v_k' + v_k u_k') with u, v columns of one base matrix [I, G, H'], where G =
Lambda A and H = A Psi A' Lambda'. So tr(V dSigma_k V dSigma_l) needs only entries of base' V base:
information matrices and Hessians cost q² look-ups, and no p*×p* matrix is ever formed (derivatives: Bollen,
1989, app. 4A).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Derivatives of one group at one point, for its q free parameters of Sigma and mu.

    cov (p, p), mean (p,); base (p, p + 2m); left, right (q,): columns u_k and v_k of base; scale (q,): s_k
    (0 for a parameter of the mean only); mean_scale (q,): dmu/dx_k = mean_scale_k · base[:, left_k].
    base_left, base_right (p + 2m, q): d base[:, t]/dx_l = base_left[t, l] u_l + base_right[t, l] v_l.
    mean_scale_slope (q, q): d mean_scale_k / dx_l. positions (q,): places in the free vector.
    """

    cov: FloatArray
    mean: FloatArray
    base: FloatArray
    left: IntArray
    right: IntArray
    scale: FloatArray
    mean_scale: FloatArray
    base_left: FloatArray
    base_right: FloatArray
    mean_scale_slope: FloatArray
    positions: IntArray

    @staticmethod
    def build(
        lambda_: FloatArray,
        theta: FloatArray,
        psi: FloatArray,
        total: FloatArray,
        nu: FloatArray,
        alpha: FloatArray,
        *,
        kinds: Sequence[str],
        rows: IntArray,
        columns: IntArray,
        positions: IntArray,
    ) -> Structure:
        """Derive everything from the matrices. kinds, rows, columns: the cell of each free parameter."""
        p, m = lambda_.shape
        g = lambda_ @ total
        latent_cov = total @ psi @ total.T
        h = latent_cov @ lambda_.T
        eta = total @ alpha
        kind = np.array(kinds, dtype=object)
        is_lambda, is_beta, is_psi = kind == "lambda", kind == "beta", kind == "psi"
        is_theta, is_nu, is_alpha = kind == "theta", kind == "nu", kind == "alpha"
        q = len(kind)
        in_observed = is_lambda | is_theta | is_nu
        in_latent = is_beta | is_psi | is_alpha
        left = np.where(in_observed, rows, np.where(in_latent, p + rows, 0))
        right = np.where(
            is_lambda | is_beta,
            p + m + columns,
            np.where(is_psi, p + columns, np.where(is_theta, columns, 0)),
        )
        paired = is_psi | is_theta
        scale = np.where(is_lambda | is_beta, 1.0, np.where(paired, np.where(rows == columns, 0.5, 1.0), 0.0))
        slope = is_lambda | is_beta
        safe = np.where(slope, columns, 0)
        mean_scale = np.where(slope, eta[safe] if m else 0.0, np.where(is_nu | is_alpha, 1.0, 0.0))
        base_left, base_right = np.zeros((p + 2 * m, q)), np.zeros((p + 2 * m, q))
        base_left[p : p + m, slope] = total[columns[slope], :].T
        base_left[p + m :, slope] = latent_cov[:, columns[slope]]
        base_right[p + m :, is_beta] = total[:, rows[is_beta]]
        base_left[p + m :, is_psi] = scale[is_psi] * total[:, columns[is_psi]]
        base_right[p + m :, is_psi] = scale[is_psi] * total[:, rows[is_psi]]
        eta_slope = np.zeros((m, q))
        eta_slope[:, is_beta] = total[:, rows[is_beta]] * eta[columns[is_beta]]
        eta_slope[:, is_alpha] = total[:, rows[is_alpha]]
        mean_scale_slope = np.zeros((q, q))
        mean_scale_slope[slope] = eta_slope[columns[slope]]
        return Structure(
            cov=lambda_ @ h + theta,
            mean=nu + lambda_ @ eta,
            base=np.concatenate([np.eye(p), g, h.T], axis=1),
            left=left,
            right=right,
            scale=scale,
            mean_scale=mean_scale,
            base_left=base_left,
            base_right=base_right,
            mean_scale_slope=mean_scale_slope,
            positions=positions,
        )

    def gram(self, weight: FloatArray) -> FloatArray:
        """base' W base, shape (p + 2m, p + 2m)."""
        return np.asarray(self.base.T @ weight @ self.base)

    def cov_trace(self, gram: FloatArray) -> FloatArray:
        """tr(W dSigma_k) for all k, from gram = base' W base (W symmetric)."""
        return np.asarray(2.0 * self.scale * gram[self.left, self.right])

    def mean_product(self, vector: FloatArray) -> FloatArray:
        """w' dmu_k for all k."""
        return np.asarray(self.mean_scale * (vector @ self.base)[self.left])

    def cov_information(self, gram: FloatArray, other: FloatArray | None = None) -> FloatArray:
        """tr(V dSigma_k P dSigma_l), shape (q, q), from grams of V and of P (P = V when not given)."""
        second = gram if other is None else other
        u, v = self.left, self.right
        v_uu, p_vv = gram[np.ix_(u, u)], second[np.ix_(v, v)]
        v_uv, p_vu = gram[np.ix_(u, v)], second[np.ix_(v, u)]
        if other is None:
            total = 2.0 * (v_uu * p_vv + v_uv * p_vu)
        else:
            v_vv, p_uu = gram[np.ix_(v, v)], second[np.ix_(u, u)]
            v_vu, p_uv = gram[np.ix_(v, u)], second[np.ix_(u, v)]
            total = v_uu * p_vv + v_uv * p_vu + v_vu * p_uv + v_vv * p_uu
        return np.asarray(total * np.outer(self.scale, self.scale))

    def mean_information(self, gram: FloatArray) -> FloatArray:
        """dmu_k' V dmu_l, shape (q, q), from gram = base' V base."""
        return np.asarray(gram[np.ix_(self.left, self.left)] * np.outer(self.mean_scale, self.mean_scale))

    def cov_curvature(self, gram: FloatArray) -> FloatArray:
        """tr(M d²Sigma_kl), shape (q, q), from gram = base' M base (M symmetric)."""
        u, v = self.left, self.right
        left, right = self.base_left, self.base_right
        total = (
            left[u] * gram[np.ix_(v, u)]
            + right[u] * gram[np.ix_(v, v)]
            + left[v] * gram[np.ix_(u, u)]
            + right[v] * gram[np.ix_(u, v)]
        )
        return np.asarray(2.0 * self.scale[:, None] * total)

    def mean_curvature(self, vector: FloatArray) -> FloatArray:
        """w' d²mu_kl, shape (q, q)."""
        return self.mean_curvature_from(vector @ self.base)

    def mean_curvature_from(self, along: FloatArray) -> FloatArray:
        """The same from along = w' base, shape (p + 2m,)."""
        u, v = self.left, self.right
        bend = self.base_left[u] * along[u] + self.base_right[u] * along[v]
        return np.asarray(self.mean_scale[:, None] * bend + along[u][:, None] * self.mean_scale_slope)

    def cov_jacobian(self) -> FloatArray:
        """dSigma, shape (p, p, q)."""
        u, v = self.base[:, self.left], self.base[:, self.right]
        product = u[:, None, :] * v[None, :, :] * self.scale
        return np.asarray(product + product.transpose(1, 0, 2))

    def latent_variance_jacobian(self, total: FloatArray, latent_cov: FloatArray) -> FloatArray:
        """Slopes of the latent variances, (m, q): d(A Psi A')_jj. total: A, latent_cov: A Psi A', both (m,
        m).
        """
        p, m = self.cov.shape[0], total.shape[0]
        slopes = np.zeros((m, len(self.left)))
        for k, (u, v) in enumerate(zip(self.left, self.right, strict=True)):
            if p <= u < p + m and self.scale[k] > 0:
                effect = total[:, u - p]
                other = total[:, v - p] if v < p + m else latent_cov[:, v - p - m]
                slopes[:, k] = 2.0 * self.scale[k] * effect * other
        return slopes

    def mean_jacobian(self) -> FloatArray:
        """dmu, shape (p, q)."""
        return np.asarray(self.base[:, self.left] * self.mean_scale)
