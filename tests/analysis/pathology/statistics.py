"""Every statistic that takes people's data, as a function of one frame (items v1…v6, unit, sex)."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import instruments
from analysis import (
    companions,
    correlations,
    criteria,
    dif,
    dimensionality,
    discriminant,
    efa,
    halves,
    hierarchy,
    items,
    latent_reliability,
    marker,
    missing,
    nesting,
    norms,
    polychoric,
    reliability,
    rivals,
    sem,
    validity,
)
from analysis import invariance as group_invariance
from analysis.agreement.aggregation import aggregation, group_icc, random_groups
from analysis.agreement.krippendorff import krippendorff_alpha
from analysis.agreement.raters import rater_agreement, retest_agreement
from analysis.agreement.within_group import group_agreement
from analysis.frames import numeric
from analysis.irt.curves import curves
from analysis.irt.curves import score_reliability as graded_reliability
from analysis.irt.fit import fit_graded
from analysis.irt.limited_fit import limited_fit
from analysis.irt.person_fit import person_fit
from analysis.screening import indices
from analysis.screening.flagging import screen
from analysis.screening.rules import declared_rules
from analysis.sem.bootstrap import bootstrap
from analysis.sem.factor_scores import factor_scores
from analysis.sem.invariance import invariance
from analysis.sem.modification import modification_indices
from analysis.sem.reliability import model_reliability
from analysis.sem.residuals import residuals
from tests.analysis.pathology.data_sets import ITEMS

OWNERS = {item: "first" if item in ITEMS[:3] else "second" for item in ITEMS}
Statistic = Callable[[pd.DataFrame], object]
RANGES = dict.fromkeys(ITEMS, (1, 5))
RULES = declared_rules(instruments.load("dandang-jsjb/0.1.0"))
SCALES = {"first": ITEMS[:3], "second": ITEMS[3:]}
ONE = "f =~ " + " + ".join(ITEMS)
TWO = "f =~ v1 + v2 + v3\ng =~ v4 + v5 + v6"
BIFACTOR = ONE + "\ns =~ v1 + v2 + v3\nf ~~ 0*s"


def score(frame: pd.DataFrame) -> pd.Series:
    """A person's mean, as scoring would give it: missing where nothing was answered."""
    try:
        numeric(frame[ITEMS])
    except ValueError:
        return frame["v3"]  # as it came
    return frame[ITEMS].mean(axis=1)


def numbers(frame: pd.DataFrame) -> np.ndarray:
    return numeric(frame[ITEMS]).to_numpy(dtype=float)


def corr(frame: pd.DataFrame, one: int, other: int) -> float:
    """A correlation as a caller would hand it on: NaN where there is none."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(numeric(frame[ITEMS]).corr().loc[f"v{one}", f"v{other}"])


def of_fit(**options: object) -> Statistic:
    def _fit(frame: pd.DataFrame) -> object:
        return sem.fit(TWO, frame, **options)  # type: ignore[arg-type]  # options vary

    return _fit


def usable(frame: pd.DataFrame, model: str = TWO, **options: object) -> sem.Fit:
    """A fit for what needs one; what follows an unusable fit is asked anyway."""
    return sem.fit(model, frame, **options)  # type: ignore[arg-type]  # options vary


def unit_records(frame: pd.DataFrame) -> object:
    scored = pd.DataFrame({"score": score(frame), "unit": frame["unit"]}).dropna()
    means = scored.groupby("unit").first()
    return criteria.unit_correlations(means, means.rename(columns={"score": "record"}), min_units=3)


def graded(frame: pd.DataFrame) -> object:
    return fit_graded(frame[ITEMS], min_people=30, max_cycles=60)


def after_graded(deed: Callable[..., object], *, with_data: bool = False) -> Statistic:
    def _after(frame: pd.DataFrame) -> object:
        found = fit_graded(frame[ITEMS], min_people=30, max_cycles=60)
        return deed(found, frame[ITEMS]) if with_data else deed(found)

    return _after


LIGHT: dict[str, Statistic] = {
    "items": lambda f: items.analyse_items(f[ITEMS], ranges=RANGES, scales=SCALES),
    "alpha": lambda f: reliability.cronbach_alpha(f[ITEMS]),
    "omega": lambda f: reliability.omega_total(f[ITEMS]),
    "score reliability": lambda f: reliability.score_reliability("s", f[ITEMS], numbers(f)[:, 0]),
    "factorability": lambda f: dimensionality.factorability(f[ITEMS]),
    "parallel analysis": lambda f: dimensionality.parallel_analysis(f[ITEMS], seed=1, replications=50),
    "minimum average partial": lambda f: dimensionality.minimum_average_partial(f[ITEMS]),
    "efa minres": lambda f: efa.explore_factors(f[ITEMS], 2),
    "efa ml": lambda f: efa.explore_factors(f[ITEMS], 2, extraction="ml", rotation="promax"),
    "efa principal": lambda f: efa.explore_factors(f[ITEMS], 1, extraction="principal", rotation="varimax"),
    "rivals": lambda f: rivals.fit_rivals(
        [
            rivals.Rival(id="one", syntax=ONE),
            rivals.Rival(id="two", syntax=TWO),
            rivals.Rival(id="b", syntax=BIFACTOR, std_lv=True),
        ],
        f[ITEMS],
    ),
    "rivals fiml": lambda f: rivals.fit_rivals(
        [rivals.Rival(id="one", syntax=ONE)], f[ITEMS], missing="fiml"
    ),
    "general factor": lambda f: hierarchy.general_factor(usable(f, BIFACTOR, std_lv=True)),
    "heterotrait ratios": lambda f: validity.heterotrait_ratios(f[ITEMS], SCALES),
    "missingness": lambda f: missing.describe_missing(f[ITEMS]),
    "norms": lambda f: norms.norm_table(score(f), min_n=5),
    "norms by group": lambda f: norms.norms_by_group(score(f), f["sex"], min_n=5),
    "reliable change": lambda f: norms.reliable_change(
        score(f), score(f).iloc[::-1], sd=1.0, reliability=0.8
    ),
    "unit correlations": unit_records,
    "ordered means": lambda f: criteria.ordered_means(f[ITEMS], "v1", "v2"),
    "ordering": lambda f: criteria.ordering(f[ITEMS], [("v1", "v2"), ("v3", "v4")]),
    "overlapping correlations": lambda f: correlations.compare_overlapping(
        corr(f, 1, 2), corr(f, 1, 3), corr(f, 2, 3), len(f)
    ),
    "disjoint correlations": lambda f: correlations.compare_disjoint(
        *(corr(f, a, b) for a, b in ((1, 2), (3, 4), (1, 3), (1, 4), (2, 3), (2, 4))),
        len(f),
    ),
    "independent correlations": lambda f: correlations.compare_independent(
        corr(f, 1, 2), corr(f, 3, 4), len(f), len(f)
    ),
    "group agreement": lambda f: group_agreement(f[ITEMS], f["unit"], low=1, high=5),
    "group icc": lambda f: group_icc(score(f), f["unit"]),
    "random groups": lambda f: random_groups(score(f), f["unit"], resamples=30),
    "aggregation": lambda f: aggregation("s", f[ITEMS], score(f), f["unit"], low=1, high=5, resamples=30),
    "krippendorff nominal": lambda f: krippendorff_alpha(f[ITEMS], resamples=30),
    "krippendorff interval": lambda f: krippendorff_alpha(f[ITEMS], metric="interval", resamples=30),
    "raters": lambda f: rater_agreement(f[ITEMS]),
    "retest": lambda f: retest_agreement(f["v1"], f["v2"]),
    "screening": lambda f: screen(
        f[ITEMS].set_axis(list(RULES.items[:6]), axis=1), RULES, page_ms=[{"1": 4000}] * len(f)
    ),
    "longstring": lambda f: indices.longstring(numbers(f)),
    "pairwise covariance": lambda f: flagged_array(indices.pairwise_covariance(numbers(f)), f),
}


def matrix(found: pd.DataFrame) -> object:
    """A matrix of correlations is whole or refused."""
    assert np.isfinite(found.to_numpy()).all(), "a gap in the matrix"
    return len(found)


def flagged_array(values: np.ndarray, frame: pd.DataFrame) -> object:
    """An index of screening is NaN where it cannot be told: its meaning; infinities it may never have."""
    assert not np.isinf(values).any(), "an infinity"
    return len(frame)


def mahalanobis(frame: pd.DataFrame) -> object:
    distances, p = indices.mahalanobis(numbers(frame))
    flagged_array(distances, frame)
    return flagged_array(p, frame)


LIGHT["mahalanobis"] = mahalanobis
ORDINAL = ("DWLS", "WLS", "WLSM", "WLSMV", "ULSMV")
SEM: dict[str, Statistic] = {
    **{f"fit {name}": of_fit(estimator=name) for name in ("ML", "MLM", "MLR", "GLS", "ULS")},
    "fit FIML": of_fit(estimator="MLR", missing="fiml"),
    **{
        f"fit {name}": of_fit(estimator=name, ordered=ITEMS)
        for name in ("DWLS", "WLS", "WLSM", "WLSMV", "ULSMV")
    },
    "fit WLSMV pairwise": of_fit(estimator="WLSMV", ordered=ITEMS, missing="pairwise"),
    "fit by group": of_fit(group="sex"),
    "fit WLSMV by group": of_fit(estimator="WLSMV", ordered=ITEMS, group="sex"),
    "model reliability": lambda f: model_reliability(usable(f)),
    "modification indices": lambda f: modification_indices(usable(f)),
    "residuals": lambda f: residuals(usable(f)),
    "factor scores": lambda f: factor_scores(usable(f)),
    "bootstrap": lambda f: bootstrap(usable(f), replicates=20),
    "invariance": lambda f: invariance(TWO, f, group="sex"),
}

HEAVY: dict[str, Statistic] = {
    "graded": graded,
    "graded curves": after_graded(curves),
    "graded reliability": after_graded(graded_reliability),
    "graded C2": after_graded(limited_fit, with_data=True),
    "graded M2*": after_graded(lambda g, d: limited_fit(g, d, kind="M2*"), with_data=True),
    "person fit": after_graded(person_fit, with_data=True),
    "dif total": lambda f: dif.logistic_dif(f[ITEMS], f["sex"], matching="total", min_group=20),
    "dif theta": lambda f: dif.logistic_dif(f[ITEMS], f["sex"], min_group=20, purify=False),
    "polychoric": lambda f: matrix(polychoric.polychoric_matrix(f[ITEMS])),
    "polychoric parallel": lambda f: polychoric.polychoric_parallel_analysis(
        f[ITEMS], seed=1, replications=5
    ),
    "efa polychoric": lambda f: efa.explore_factors(f[ITEMS], 2, matrix="polychoric", rotation="geomin"),
    "halves": lambda f: halves.half_against_half(f[ITEMS], [OWNERS], [], seed=1, replications=5),
    "rivals WLSMV": lambda f: rivals.fit_rivals(
        [rivals.Rival(id="two", syntax=TWO)], f[ITEMS], estimator="WLSMV"
    ),
    "construct validity": lambda f: discriminant.construct_validity(f[ITEMS], SCALES, resamples=100),
    "ordinal reliability": lambda f: latent_reliability.ordinal_reliability(f[ITEMS]),
    "best split half": lambda f: latent_reliability.best_split_half(f[ITEMS], resamples=20),
    "general reliability": lambda f: latent_reliability.general_reliability(f[ITEMS], SCALES),
    "nested tests": lambda f: nesting.nested_tests(
        rivals.Rival(id="two", syntax=TWO), [rivals.Rival(id="one", syntax=ONE)], f[ITEMS], missing="listwise"
    ),
    "group invariance": lambda f: group_invariance.group_invariance(
        rivals.Rival(id="one", syntax=ONE), f[ITEMS], f["sex"], grouping="sex"
    ),
    "marker": lambda f: marker.marker_tests(f[ITEMS], {"one": ITEMS[:2], "two": ITEMS[2:4]}, ITEMS[4:]),
    "companions": lambda f: companions.companion_correlations(
        pd.DataFrame({"first": score(f)}),
        {"first": f[ITEMS[:3]]},
        [(companions.companion_from(f"c={','.join(ITEMS[3:])}"), f[ITEMS[3:]])],
    ),
}
