"""Fit the graded response model to answers: one factor, or a general factor with specific ones.

Samejima (1969); Bock & Aitkin (1981); bifactor by dimension reduction, Gibbons & Hedeker (1992). Standard
errors: inverse of the observed information, exact at the quadrature (Louis, 1982); b by the delta method.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.frames import UnfitData, numeric
from analysis.irt.estimation import Estimate, estimate
from analysis.irt.layout import NODES, NODES_TWO, Answers, Layout, lay_out, unique_answers
from analysis.irt.model import GradedFit, GradedItem, Status
from analysis.irt.posterior import parameter_order
from analysis.irt.tables import eap_scores, parameter_table, standardized_loadings
from analysis.results import FloatArray

MIN_PEOPLE = 100  # below this thresholds of rare categories are guesses
FEW_ANSWERS = 5  # a category with fewer answers is named
MIN_SPECIFIC_ITEMS = 2  # a specific factor of one item cannot be told from its error

MOST_CATEGORIES = 20


def fit_graded(
    data: pd.DataFrame,
    *,
    specific: Mapping[str, str] | None = None,
    categories: Mapping[str, tuple[float, ...]] | None = None,
    nodes: int | None = None,
    max_cycles: int = 500,
    tolerance: float = 1e-4,
    min_people: int = MIN_PEOPLE,
) -> GradedFit:
    """Graded response model of `data` (respondents × items, keyed, NaN missing) by marginal likelihood.

    specific: item → specific factor for a bifactor model. categories: values each item offers, to name the
    empty ones; estimation uses those that occur. nodes: per dimension, default 61 (one factor) or 31.
    Missing answers are skipped in the likelihood (full information). Raises ValueError for an item name
    in `specific` that the data do not have, or repeated columns.
    """
    specific = dict(specific or {})
    unknown = [i for i in specific if i not in data.columns]
    if unknown or data.columns.has_duplicates:
        raise ValueError(f"items not in the data or repeated: {unknown or list(data.columns)}")
    data = numeric(data)
    for item in data.columns:
        if (values := data[item].nunique()) > MOST_CATEGORIES:
            raise UnfitData(
                f"{item} 有 {values} 个不同的值，不是等级题 / {values} different values: not a rated item"
            )
    answers = unique_answers(data)
    kept = _facts(data, answers, specific, categories, nodes)
    status, problems = _obstacle(answers, specific, min_people)
    if status != "ok":
        return replace(kept, status=status, problems=problems)
    layout = lay_out(answers, specific, nodes)
    found = _upright(layout, estimate(layout, max_cycles=max_cycles, tolerance=tolerance))
    return _read(layout, found, specific, kept)


def _facts(
    data: pd.DataFrame,
    answers: Answers,
    specific: dict[str, str],
    categories: Mapping[str, tuple[float, ...]] | None,
    nodes: int | None,
) -> GradedFit:
    empty, sparse = {}, {}
    for j, item in enumerate(answers.items):
        offered = (categories or {}).get(item, ())
        missed = tuple(float(v) for v in offered if float(v) not in answers.values[j])
        rare = tuple(
            value
            for c, value in enumerate(answers.values[j])
            if answers.frequency[answers.codes[:, j] == c].sum() < FEW_ANSWERS
        )
        empty.update({item: missed} if missed else {})
        sparse.update({item: rare} if rare else {})
    warnings = []
    if empty:
        warnings.append(f"无人选择的选项，按出现的选项估计 / empty categories, left out: {', '.join(empty)}")
    if sparse:
        warnings.append(
            f"选项不足 {FEW_ANSWERS} 人，阈值不稳 / categories with fewer than {FEW_ANSWERS} answers: "
            + ", ".join(sparse)
        )
    return GradedFit(
        items=answers.items,
        specific=specific,
        nodes=nodes or (NODES_TWO if specific else NODES),
        status="ok",
        problems=(),
        n=answers.n,
        n_complete=int(data.notna().all(axis=1).sum()),
        people_empty=len(data) - answers.n,
        empty_categories=empty,
        sparse_categories=sparse,
        warnings=tuple(warnings),
    )


def _obstacle(answers: Answers, specific: dict[str, str], min_people: int) -> tuple[Status, tuple[str, ...]]:
    constant = [i for i, v in zip(answers.items, answers.values, strict=True) if len(v) < 2]
    if len(answers.items) < 3:
        return "too_few_items", ("不足三题 / fewer than three items",)
    short = {s for s in specific.values() if list(specific.values()).count(s) < MIN_SPECIFIC_ITEMS}
    if short:
        return "too_few_items", (
            f"特殊因子只有一题 / specific factors of one item: {', '.join(sorted(short))}",
        )
    if answers.n < min_people:
        return "too_few_people", (
            f"作答 {answers.n} 人，不足 {min_people} 人 / {answers.n} people, {min_people} needed",
        )
    if constant:
        return "constant_item", (f"没有差异的题目 / constant items: {', '.join(constant)}",)
    return "ok", ()


def _upright(layout: Layout, found: Estimate) -> Estimate:
    """Turn factors so that their slopes sum to a positive number; each flips alone."""
    parameters: list[tuple[FloatArray, FloatArray]] = [(a.copy(), d) for a, d in found.parameters]
    signs = [np.ones(len(a)) for a, _ in parameters]
    if sum(float(a[0]) for a, _ in parameters) < 0:
        for sign in signs:
            sign[0] = -1
    for block in layout.blocks:
        if block.specific and sum(float(parameters[j][0][1]) for j in block.items) < 0:
            for j in block.items:
                signs[j][1] = -1
    turn = np.concatenate(
        [np.concatenate([signs[j], np.ones(len(parameters[j][1]))]) for j in parameter_order(layout)]
    )
    return Estimate(
        parameters=tuple((a * s, d) for (a, d), s in zip(parameters, signs, strict=True)),
        log_likelihood=found.log_likelihood,
        gradient=found.gradient,
        information=found.information * np.outer(turn, turn),
        converged=found.converged,
        em_cycles=found.em_cycles,
        newton_steps=found.newton_steps,
    )


def _read(layout: Layout, found: Estimate, specific: dict[str, str], kept: GradedFit) -> GradedFit:
    answers = layout.answers
    vcov = _inverse(found.information)
    status: Status = "ok"
    problems: list[str] = []
    if vcov is None:
        status = "not_identified"
        problems.append(
            "信息矩阵不正定，没有标准误 / information is not positive definite: no standard errors"
        )
    if not found.converged:
        status = "not_converged"
        problems.append(f"{found.em_cycles} 轮后仍未收敛 / not converged after {found.em_cycles} cycles")
    model = tuple(
        GradedItem(
            name=item,
            values=answers.values[j],
            specific=specific.get(item, ""),
            slopes=found.parameters[j][0],
            intercepts=found.parameters[j][1],
        )
        for j, item in enumerate(answers.items)
    )
    npar = len(found.information)
    return replace(
        kept,
        status=status,
        problems=tuple(problems),
        model=model,
        parameters=parameter_table(layout, model, vcov),
        vcov=vcov,
        log_likelihood=found.log_likelihood,
        npar=npar,
        aic=-2 * found.log_likelihood + 2 * npar,
        bic=-2 * found.log_likelihood + math.log(answers.n) * npar,
        standardized=standardized_loadings(model),
        scores=eap_scores(layout, found.parameters),
        converged=found.converged,
        gradient=found.gradient,
        em_cycles=found.em_cycles,
        newton_steps=found.newton_steps,
    )


def _inverse(information: FloatArray) -> FloatArray | None:
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(np.linalg.inv(information), dtype=float)
