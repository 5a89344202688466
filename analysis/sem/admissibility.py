"""What is wrong with a solution, by name: not converged, not identified, improper variances and
correlations.
"""

from __future__ import annotations

import numpy as np

from analysis.results import FloatArray
from analysis.sem.model import Model
from analysis.sem.solution import Solution

_TOLERANCE = 1e-8


def problems(solution: Solution) -> tuple[str, ...]:
    """Each trouble as one sentence that names parameter, item, latent or group."""
    table = solution.model.table
    found: list[str] = []
    if not solution.estimate.converged:
        found.append(f"not converged: {solution.estimate.message}")
    if solution.standard.df < 0:
        found.append(
            f"not identified: {solution.inference.npar} parameters for "
            f"{solution.inference.npar + solution.standard.df} moments "
            f"(df = {solution.standard.df})"
        )
    if solution.inference.unidentified:
        names = [table.rows[table.free_rows[k]].title for k in solution.inference.unidentified[:8]]
        found.append(f"not identified: the data cannot tell apart {', '.join(names)}")
    found += solution.prepared.problems
    if solution.estimate.converged and not found:
        found += improper(solution)
    return tuple(found)


def improper(solution: Solution) -> list[str]:
    """Heywood cases and covariance matrices that are not positive definite."""
    model = solution.model
    estimates = solution.row_estimates()
    found = []
    for index, row in enumerate(model.table.rows):
        if row.op == "~~" and row.lhs == row.rhs and estimates[index] < -_TOLERANCE:
            found.append(f"negative variance: {row.title} = {estimates[index]:.4g} (Heywood case)")
    for group in range(model.n_groups):
        found += _latent_problems(model, solution, group)
    values, _ = solution.definitions(solution.estimate.x)
    for definition, value in zip(model.table.definitions, values, strict=True):
        if not np.isfinite(value):
            found.append(f"the definition {definition.name} := {definition.text[1]} has no value")
    return found


def remarks(solution: Solution, standardised: FloatArray) -> tuple[str, ...]:
    """What a reader should look at though it is not improper in itself: loadings beyond one.

    standardised: std_all of every row, (n_rows,).
    """
    rows = solution.model.table.rows
    return tuple(
        f"standardised loading beyond 1: {row.title} = {standardised[i]:.4g}"
        for i, row in enumerate(rows)
        if row.op == "=~" and abs(standardised[i]) > 1 + _TOLERANCE
    )


def _latent_problems(model: Model, solution: Solution, group: int) -> list[str]:
    where = f" in group {solution.labels[group]}" if solution.labels else ""
    layout, matrices = model.layouts[group], model.matrices(solution.estimate.x, group)
    latent = [j for j, name in enumerate(layout.latent) if name in model.table.variables.latent]
    names = [layout.latent[j] for j in latent]
    covariance = matrices.latent_covariance[np.ix_(latent, latent)]
    found = []
    if latent:
        variances = np.diag(covariance)
        if (variances > 0).all():
            sd = np.sqrt(variances)
            correlations = covariance / np.outer(sd, sd)
            for i in range(len(latent)):
                for j in range(i):
                    if abs(correlations[i, j]) > 1 + _TOLERANCE:
                        found.append(
                            f"correlation beyond 1: {names[j]} with {names[i]}{where} = "
                            f"{correlations[i, j]:.4g}"
                        )
        if np.linalg.eigvalsh(covariance)[0] < -_TOLERANCE * max(1.0, float(np.abs(covariance).max())):
            found.append(f"the latent covariance matrix{where} is not positive definite ({', '.join(names)})")
    theta = matrices.theta
    used = [i for i in range(len(theta)) if theta[i, i] != 0 or np.count_nonzero(theta[i]) > 0]
    residual = theta[np.ix_(used, used)]
    off_diagonal = residual - np.diag(np.diag(residual))
    if (
        off_diagonal.any()
        and (np.diag(residual) >= 0).all()
        and np.linalg.eigvalsh(residual)[0] < -_TOLERANCE
    ):
        involved = [layout.observed[used[i]] for i in np.flatnonzero(np.abs(off_diagonal).sum(axis=1))]
        found.append(
            f"the residual covariance matrix{where} is not positive definite ({', '.join(involved)})"
        )
    return found
