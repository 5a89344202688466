"""A model typed on the page, fitted to the columns of a file; faults are named by row, column, value."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from analysis.plots.paths import draw_paths
from analysis.plots.svg import figure_svg
from analysis.report.engine_words import engine_words
from analysis.results import plain
from analysis.rivals import Rival, RivalFit
from analysis.sem import DataError, Fit, ModelSyntaxError, fit
from analysis.sem.syntax import parse
from analysis.sem.variables import classify
from app.exports.imports import RowProblem
from app.exports.sources import Source
from app.reports.running import Progress
from app.research.columns import is_blank, number_of

SHOWN_PROBLEMS: Final = 200
MOST_VARIABLES: Final = 120
MEASURES: Final = {
    "chisq": "卡方 χ²",
    "df": "自由度 df",
    "pvalue": "p",
    "chisq.scaled": "校正卡方 scaled χ²",
    "df.scaled": "校正自由度 scaled df",
    "pvalue.scaled": "校正 p",
    "cfi": "CFI",
    "cfi.scaled": "CFI（校正 scaled）",
    "cfi.robust": "CFI（稳健 robust）",
    "tli": "TLI",
    "tli.scaled": "TLI（校正 scaled）",
    "tli.robust": "TLI（稳健 robust）",
    "rmsea": "RMSEA",
    "rmsea.ci.lower": "RMSEA 90 % 下限",
    "rmsea.ci.upper": "RMSEA 90 % 上限",
    "rmsea.scaled": "RMSEA（校正 scaled）",
    "rmsea.robust": "RMSEA（稳健 robust）",
    "rmsea.ci.lower.robust": "稳健 RMSEA 90 % 下限",
    "rmsea.ci.upper.robust": "稳健 RMSEA 90 % 上限",
    "srmr": "SRMR",
    "logl": "对数似然 log-likelihood",
    "aic": "AIC",
    "bic": "BIC",
    "bic2": "BIC（校正样本量 sample-size adjusted）",
}
SECTIONS: Final = {
    "=~": ("因子载荷", "loadings"),
    "~": ("回归", "regressions"),
    "cov": ("协方差", "covariances"),
    "~~": ("方差", "variances"),
    "~1": ("截距和均值", "intercepts and means"),
    "|": ("阈值", "thresholds"),
    "~*~": ("尺度", "scales"),
    ":=": ("定义的参数", "defined parameters"),
}


class Refused(Exception):
    """The file or the model cannot be analysed as asked; the problems say where and why."""

    def __init__(self, reason: str, problems: Sequence[RowProblem] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.problems = tuple(problems)


def fit_model(
    source: Source, columns: Sequence[dict[str, Any]], options: dict[str, Any], tell: Progress
) -> dict[str, Any]:
    """The result as the page shows it. Raises Refused for bad syntax, unknown columns and cells."""
    started = time.monotonic()
    frame = _frame(source, columns, options)
    tell("拟合模型 / fitting the model", 0.4)
    ordered = _ordered(options["ordered"])
    try:
        found = fit(
            options["syntax"],
            frame,
            estimator=options["estimator"] or ("WLSMV" if ordered else "ML"),
            ordered=ordered,
            missing=options["missing"],
            group=options["group"] or None,
            std_lv=options["std_lv"],
            orthogonal=options["orthogonal"],
        )
    except (DataError, ModelSyntaxError) as error:
        raise Refused(_said(error)) from error
    tell("画路径图 / drawing", 0.9)
    return {**_result(found, len(source.table.rows)), "seconds": time.monotonic() - started}


def _said(error: DataError | ModelSyntaxError) -> str:
    if isinstance(error, ModelSyntaxError) and error.line:
        return f"模型第 {error.line} 行第 {error.column} 个字符：{str(error).partition(': ')[2]}"
    return str(error)


def _ordered(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace("，", ",").replace(",", " ").split() if part)


def _frame(source: Source, columns: Sequence[dict[str, Any]], options: dict[str, Any]) -> pd.DataFrame:
    """The columns that the model names, as numbers; the grouping column as text."""
    try:
        observed = classify(parse(options["syntax"]).formulas, {}).observed
    except ModelSyntaxError as error:
        raise Refused(_said(error)) from error
    places = {str(column["code"]): place for place, column in enumerate(columns)}
    unknown = [name for name in observed if name not in places]
    if unknown:
        raise Refused(f"文件中没有模型所写的列：{'、'.join(unknown[:20])}")
    if len(observed) > MOST_VARIABLES:
        raise Refused(f"模型用到 {len(observed)} 列，网页上不超过 {MOST_VARIABLES} 列；更多请用 dandang fit")
    problems: list[RowProblem] = []
    made: dict[str, list[float] | list[str | None]] = {
        name: list(_numbers(source, places[name], name, problems)) for name in observed
    }
    if problems:
        raise Refused("模型用到的列里有不是数值的内容", problems[:SHOWN_PROBLEMS])
    if group := options["group"]:
        made[group] = [None if is_blank(c[places[group]]) else c[places[group]] for _, c in source.table.rows]
    return pd.DataFrame(made).dropna(subset=[group] if group else [])


def _numbers(source: Source, place: int, name: str, problems: list[RowProblem]) -> Iterator[float]:
    for number, cells in source.table.rows:
        cell = cells[place]
        if is_blank(cell) or (number, place) in source.user_missing:
            yield math.nan
            continue
        value = number_of(cell)
        if value is None:
            problems.append(RowProblem(number, name, cell[:40], "不是数值"))
        yield math.nan if value is None else value


def _result(found: Fit, n_rows: int) -> dict[str, Any]:
    svg, why = _diagram(found)
    return {
        "estimator": found.estimator,
        "missing": found.missing,
        "status": found.status,
        "usable": found.usable,
        "problems": [_both(text) for text in found.problems],
        "warnings": [_both(text) for text in found.warnings],
        "nobs": list(found.nobs),
        "n_rows": n_rows,
        "npar": found.npar,
        "groups": list(found.group_labels),
        "measures": [
            {"name": name, "label": label, "value": plain(found.fit[name])}
            for name, label in MEASURES.items()
            if found.fit.get(name) is not None
        ],
        "parameters": list(_parameters(found)),
        "svg": svg,
        "svg_reason": why,
    }


def _both(text: str) -> dict[str, str]:
    said = engine_words(text)
    return {"zh": said.zh, "en": said.en}


def _parameters(found: Fit) -> Iterator[dict[str, Any]]:
    """One table a kind of parameter (and group), in the order in which lavaan prints them."""
    table = found.parameters
    kinds = [
        "cov" if op == "~~" and lhs != rhs else op
        for op, lhs, rhs in zip(table["op"], table["lhs"], table["rhs"], strict=True)
    ]
    for number in sorted(table["group"].unique()):
        for kind, (zh, en) in SECTIONS.items():
            rows = table[
                (table["group"] == number) & pd.Series([k == kind for k in kinds], index=table.index)
            ]
            if len(rows):
                group = found.group_labels[number - 1] if number > 0 and found.group_labels else ""
                columns = ["lhs", "rhs", "label", "est", "se", "z", "pvalue", "std_all"]
                yield {"zh": zh, "en": en, "group": group, "rows": plain(rows[columns])}


def _diagram(found: Fit) -> tuple[str, str]:
    """The path diagram of a measurement model in one group, or why there is none."""
    if len(found.nobs) > 1:
        return "", "有分组时不画路径图；数字见下表。"
    if any(found.parameters["op"] == "~"):
        return "", "含回归的模型不画路径图；数字见下表。"
    try:
        figure = draw_paths(RivalFit(rival=Rival(id="model", syntax=""), fit=found), labels={})
    except (ValueError, KeyError):
        return "", "路径图只画每题、每个因子只属一个上级因子的模型；数字见下表。"
    return figure_svg(figure, title="路径图，标准化估计值 / path diagram, standardised estimates"), ""
