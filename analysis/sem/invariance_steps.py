"""The steps of an invariance analysis as lavaan syntax: what is held equal, and what identifies the rest.

Continuous items: loadings, intercepts, residuals, then the latent structure (Meredith, 1993). Ordinal items
in the order of Wu & Estabrook (2016), Psychometrika 81, 1014-1045: thresholds first; only then may intercepts
and residual variances differ, and loadings and intercepts be tested, under the theta parameterisation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from analysis.sem.statements import Syntax
from analysis.sem.variables import Variables

__all__ = ["CONTINUOUS_STEPS", "ORDINAL_STEPS", "StepModel", "step_model"]

_STRUCTURE = ("lv.variances", "lv.covariances", "means")
CONTINUOUS_STEPS: Mapping[str, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
    "structural": ("loadings", "intercepts", "residuals", *_STRUCTURE),
}
ORDINAL_STEPS: Mapping[str, tuple[str, ...]] = {
    "configural": (),
    "thresholds": ("thresholds",),
    "metric": ("thresholds", "loadings"),
    "scalar": ("thresholds", "loadings", "intercepts"),
    "strict": ("thresholds", "loadings", "intercepts", "residuals"),
    "structural": ("thresholds", "loadings", "intercepts", "residuals", *_STRUCTURE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepModel:
    """One step: the model text with what identifies it, and the options that hold the rest equal."""

    model: str
    group_equal: tuple[str, ...]
    group_partial: tuple[str, ...]


def step_model(
    model: str,
    syntax: Syntax,
    variables: Variables,
    thresholds: Mapping[str, int],
    groups: int,
    equal: Sequence[str],
    partial: Collection[str] = (),
) -> StepModel:
    """The model of one step. thresholds: ordinal item → number of thresholds, empty for continuous data.

    partial: parameters let go, by lavaan's names ("f=~x2", "x3~1", "x3|t1", "x3~~x3").
    """
    equal, released = tuple(equal), {"".join(name.split()) for name in partial}
    lines = _higher_order_lines(syntax, variables, groups, equal)
    if thresholds:
        lines |= _item_lines(thresholds, groups, equal, released)
        lines |= _latent_lines(syntax, variables, groups, equal, released)
    written = {(f.lhs, f.op, f.rhs) for f in syntax.formulas}
    extra = [text for key, text in lines.items() if key not in written]
    fixed_kinds = {"~1", "~~"} if thresholds else set()
    named = {key[0] + key[1] + key[2] for key in lines if key[1] in fixed_kinds}
    return StepModel(
        model="\n".join([model.rstrip(), *extra]),
        group_equal=_held_by_option(
            equal, bool(thresholds), all(v in thresholds for v in variables.not_exogenous)
        ),
        group_partial=tuple(sorted(released - named)),
    )


_Lines = dict[tuple[str, str, str], str]


def _held_by_option(equal: tuple[str, ...], ordinal: bool, all_ordinal: bool) -> tuple[str, ...]:
    """What group_equal holds; for ordinal items the rest is held by fixed values."""
    if not ordinal:
        return equal
    kept: tuple[str, ...] = ("thresholds", "loadings", "lv.covariances")
    if not all_ordinal:
        kept = (*kept, "intercepts", "residuals")
    return tuple(name for name in equal if name in kept)


def _values(first: str, later: str, groups: int) -> str:
    return f"c({', '.join([first] + [later] * (groups - 1))})"


def _item_lines(
    thresholds: Mapping[str, int], groups: int, equal: tuple[str, ...], released: set[str]
) -> _Lines:
    """Intercept 0 and residual variance 1 in the first group; later ones free as far as thresholds allow."""
    lines: _Lines = {}
    for item, count in thresholds.items():
        cuts = [f"{item}|t{k}" for k in range(1, count + 1)]
        held = sum(cut not in released for cut in cuts) if "thresholds" in equal else 0
        intercept_held = "intercepts" in equal and f"{item}~1" not in released
        residual_held = "residuals" in equal and f"{item}~~{item}" not in released
        free_intercept = held >= 1 and not intercept_held
        free_residual = (held >= 2 or (held >= 1 and intercept_held)) and not residual_held
        mean = _values("0", "NA" if free_intercept else "0", groups)
        variance = _values("1", "NA" if free_residual else "1", groups)
        lines[item, "~1", ""] = f"{item} ~ {mean}*1"
        lines[item, "~~", item] = f"{item} ~~ {variance}*{item}"
    return lines


def _latent_lines(
    syntax: Syntax, variables: Variables, groups: int, equal: tuple[str, ...], released: set[str]
) -> _Lines:
    """Variance 1 and mean 0; later groups free once a loading, or the intercept of a pure item, is held."""
    lines: _Lines = {}
    loadings = [(f.lhs, f.rhs) for f in syntax.formulas if f.op == "=~"]
    for latent in variables.latent:
        mine = [rhs for lhs, rhs in loadings if lhs == latent]
        pure = [v for v in mine if v not in variables.latent and sum(r == v for _, r in loadings) == 1]
        some_loading = "loadings" in equal and any(f"{latent}=~{v}" not in released for v in mine)
        some_intercept = "intercepts" in equal and any(f"{v}~1" not in released for v in pure)
        variance_held = "lv.variances" in equal and f"{latent}~~{latent}" not in released
        mean_held = "means" in equal and f"{latent}~1" not in released
        variance = _values("1", "NA" if some_loading and not variance_held else "1", groups)
        mean = _values("0", "NA" if some_intercept and not mean_held else "0", groups)
        lines[latent, "~~", latent] = f"{latent} ~~ {variance}*{latent}"
        lines[latent, "~1", ""] = f"{latent} ~ {mean}*1"
    return lines


def _higher_order_lines(syntax: Syntax, variables: Variables, groups: int, equal: tuple[str, ...]) -> _Lines:
    """Means of factors of factors stay zero: those of their indicators carry all differences."""
    if "intercepts" not in equal:
        return {}
    higher = {f.lhs for f in syntax.formulas if f.op == "=~" and f.rhs in variables.latent}
    zero = _values("0", "0", groups)
    return {(name, "~1", ""): f"{name} ~ {zero}*1" for name in variables.latent if name in higher}
