"""Residual variances of observed ordinal outcomes under the delta parameterisation.

Such a residual is no parameter: it is what the scaling factor leaves, 1/Delta² minus the explained variance
(Muthén & Asparouhov, 2002, Mplus Web Notes 4). An ordinal mediator passes it on to whatever it predicts, and
so do its derivatives; lavaan 0.6-14 leaves both out: its standard errors beyond an ordinal mediator differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.results import FloatArray

__all__ = ["computed_psi", "computed_psi_slopes"]


def computed_psi(
    paths: FloatArray, psi: FloatArray, delta: FloatArray, stand_ins: Sequence[tuple[int, int]]
) -> FloatArray:
    """Psi with the residual variances of the ordinal stand-ins filled in: implied variances become 1/Delta².

    paths: Lambda (I - Beta)⁻¹, (p, m). stand_ins: (observed, latent) numbers of the ordinal ones.
    """
    observed, latent = (list(side) for side in zip(*stand_ins, strict=True))
    filled = psi.copy()
    filled[latent, latent] = 0.0
    explained = np.einsum("ij,jk,ik->i", paths, filled, paths)[observed]
    shares = paths[np.ix_(observed, latent)] ** 2
    filled[latent, latent] = np.linalg.solve(shares, 1.0 / delta[observed] ** 2 - explained)
    return filled


def computed_psi_slopes(
    paths: FloatArray,
    variance_slopes: FloatArray,
    delta: FloatArray,
    delta_place: Mapping[int, int],
    stand_ins: Sequence[tuple[int, int]],
) -> FloatArray:
    """Derivatives of those variances by the free rows, (n_stand_ins, n_free).

    variance_slopes: (p, n_free), of the implied variances with Psi held; delta_place: observed number →
    position of its scaling factor among the free rows, where it is free.
    """
    observed, latent = (list(side) for side in zip(*stand_ins, strict=True))
    wanted = -variance_slopes[observed]
    for k, number in enumerate(observed):
        if number in delta_place:
            wanted[k, delta_place[number]] -= 2.0 / delta[number] ** 3
    return np.asarray(np.linalg.solve(paths[np.ix_(observed, latent)] ** 2, wanted))
