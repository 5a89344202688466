"""Cutting normal variables into categories: the cut items have the correlations that were asked for."""

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, fit
from analysis.sem.cutoffs import dynamic_cutoffs
from analysis.sem.discretised import categories_of, latent_correlations
from analysis.sem.simulation import population_from_syntax, simulate

MODEL = "f =~ x1 + x2 + x3 + x4\ng =~ y1 + y2 + y3 + y4"
TRUTH = "f =~ .7*x1 + .7*x2 + .7*x3 + .7*x4\ng =~ .7*y1 + .7*y2 + .7*y3 + .7*y4\nf ~~ .5*g"


def _skewed(n: int, seed: int) -> pd.DataFrame:
    drawn = simulate(population_from_syntax(TRUTH, standardized=True), n, seed=seed)
    cuts = [(-1.6, -0.9, -0.1, 0.9), (-0.4, 0.8), (0.2,), (-2.0, -1.2, -0.6, 0.3)] * 2
    return pd.DataFrame({c: np.digitize(drawn[c], cuts[k]) + 1.0 for k, c in enumerate(drawn.columns)})


def test_cut_items_have_the_wanted_correlations() -> None:
    data = _skewed(4000, 3)
    items = tuple(data.columns)
    categories = categories_of(data, items)
    wanted = np.array(data.corr())
    found = latent_correlations(wanted, categories)
    assert not found.unreachable
    assert not found.smoothed
    np.testing.assert_allclose(categories.deviation, data.std(ddof=0), rtol=1e-10)
    # 4 million draws: the standard error of a correlation is below .0005
    rng = np.random.default_rng(1)
    root = np.linalg.cholesky(found.matrix)
    parts = [categories.cut(rng.standard_normal((500_000, 8)) @ root.T) for _ in range(2)]
    drawn = np.corrcoef(np.vstack(parts), rowvar=False)
    np.testing.assert_allclose(drawn, wanted, atol=0.004)
    shares = [(np.vstack(parts)[:, k] == v).mean() for k in range(8) for v in (1.0, 2.0)]
    given = [(data[item] == v).mean() for item in items for v in (1.0, 2.0)]
    np.testing.assert_allclose(shares, given, atol=0.003)


def test_normal_correlations_are_larger_than_those_of_the_cut_items() -> None:
    data = pd.DataFrame({"a": [1.0, 2.0] * 50, "b": [1.0, 1.0, 2.0, 2.0] * 25})
    categories = categories_of(data, ("a", "b"))
    wanted = np.array([[1.0, 0.3], [0.3, 1.0]])
    rho = latent_correlations(wanted, categories).matrix[0, 1]
    assert rho == pytest.approx(np.sin(np.pi / 2 * 0.3), abs=1e-9)  # two halves: phi = 2/pi asin(rho)


def test_a_correlation_that_categories_cannot_have_is_named() -> None:
    rare = pd.DataFrame({"a": [2.0] + [1.0] * 99, "b": [1.0, 2.0] * 50})
    found = latent_correlations(np.array([[1.0, 0.9], [0.9, 1.0]]), categories_of(rare, ("a", "b")))
    assert found.unreachable == (("b", "a"),)
    with pytest.raises(DataError, match="takes 1 values"):
        categories_of(pd.DataFrame({"a": [1.0, 1.0]}), ("a",))


def test_cutoffs_for_a_right_model_of_rating_scales_let_it_pass_where_continuous_ones_refuse() -> None:
    """Coarse, skewed answers lower CFI and raise SRMR of a right model; cut-offs that know it are milder."""
    data = _skewed(500, 11)
    fitted = fit(MODEL, data)
    continuous = dynamic_cutoffs(fitted, replications=60, seed=5)
    cut = dynamic_cutoffs(fitted, replications=60, seed=5, likert=data)
    assert cut.cut
    assert not continuous.cut
    right, plain = cut.table.iloc[0], continuous.table.iloc[0]
    assert right["srmr"] > plain["srmr"]
    assert right["cfi"] < plain["cfi"]
    assert right["srmr_met"]
    assert right["cfi_met"]
    assert "cut into" in cut.to_text()
    again = dynamic_cutoffs(fitted, replications=60, seed=5, likert=data)
    assert cut.table.equals(again.table)
