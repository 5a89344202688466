"""Which names of a model are latent, observed, exogenous, outcomes or ordinal, in lavaan's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.sem.statements import Formula


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Names by role. `observed` is the order of every moment vector and matrix.

    latent_exogenous: latents that nothing measures or predicts. latent_outcomes, observed_outcomes:
    predicted, but neither indicators nor predictors. exogenous: observed covariates without a formula of
    their own (fixed in the sample). not_exogenous: the other observed. single_indicators: the only indicator
    of some latent.
    """

    observed: tuple[str, ...]
    latent: tuple[str, ...]
    exogenous: tuple[str, ...]
    not_exogenous: tuple[str, ...]
    latent_exogenous: tuple[str, ...]
    latent_outcomes: tuple[str, ...]
    observed_outcomes: tuple[str, ...]
    single_indicators: frozenset[str]
    ordered: tuple[str, ...]


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def classify(formulas: Sequence[Formula], ordered: Mapping[str, int]) -> Variables:
    """Sort the names of a model by role. ordered: names declared ordinal beside those with `|` formulas."""
    latent = _unique([f.lhs for f in formulas if f.op == "=~"])
    is_latent = set(latent)
    indicators = _unique([f.rhs for f in formulas if f.op == "=~"])
    predicted = _unique([f.lhs for f in formulas if f.op == "~"])
    predictors = _unique([f.rhs for f in formulas if f.op == "~"])
    observed_indicators = [v for v in indicators if v not in is_latent]
    outcomes = [v for v in predicted if v not in is_latent and v not in observed_indicators]
    covariates = [
        v for v in predictors if v not in is_latent and v not in observed_indicators and v not in outcomes
    ]
    extra = [f.lhs for f in formulas if f.op == "~~"] + [f.rhs for f in formulas if f.op == "~~"]
    extra += [f.lhs for f in formulas if f.op in ("~1", "|", "~*~")]
    observed = _unique(
        [*observed_indicators, *outcomes, *covariates, *(v for v in extra if v not in is_latent)]
    )
    spoken_of = {n for f in formulas if f.op in ("~1", "~~") for n in (f.lhs, f.rhs)}
    exogenous = tuple(v for v in covariates if v not in spoken_of)
    dependent = {*indicators, *predicted}
    inner = {*indicators, *predictors}
    with_thresholds = {f.lhs for f in formulas if f.op == "|"} | {v for v in ordered if v not in exogenous}
    return Variables(
        observed=observed,
        latent=latent,
        exogenous=exogenous,
        not_exogenous=tuple(v for v in observed if v not in exogenous),
        latent_exogenous=tuple(v for v in latent if v not in dependent),
        latent_outcomes=tuple(v for v in latent if v in predicted and v not in inner),
        observed_outcomes=tuple(v for v in observed if v in predicted and v not in inner),
        single_indicators=_single_indicators(formulas),
        ordered=tuple(v for v in observed if v in with_thresholds),
    )


def _single_indicators(formulas: Sequence[Formula]) -> frozenset[str]:
    loadings = [(f.lhs, f.rhs) for f in formulas if f.op == "=~"]
    counts: dict[str, int] = {}
    uses: dict[str, int] = {}
    for factor, indicator in loadings:
        counts[factor] = counts.get(factor, 0) + 1
        uses[indicator] = uses.get(indicator, 0) + 1
    return frozenset(i for f, i in loadings if counts[f] == 1 and uses[i] == 1)
