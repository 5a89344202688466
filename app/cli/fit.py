"""`dandang fit`: a structural equation model in lavaan syntax on a CSV file."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import click
import pandas as pd

from analysis.sem import DataError, Fit, ModelSyntaxError, fit
from analysis.sem.summary import summary

ESTIMATORS = ("ml", "mlm", "mlr", "gls", "uls", "dwls", "wlsmv", "ulsmv", "wls", "wlsm")
EXIT_BAD_INPUT = 2
EXIT_UNUSABLE = 3
COUNTS = frozenset({"npar", "df", "df.scaled", "baseline.df", "baseline.df.scaled", "ntotal"})


def comma_list(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Split "a,b" into names."""
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def read_table(path: Path) -> pd.DataFrame:
    """A CSV of observed variables. Raises DataError when it cannot be read."""
    try:
        return pd.read_csv(path, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path.name}: {error}") from error


def as_json(result: Fit) -> dict[str, Any]:
    """The result in the documented layout, lavaan's names throughout."""

    def _clean(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    def _measure(name: str, value: float | None) -> float | int | None:
        whole = name in COUNTS and value is not None and float(value).is_integer()
        return int(value) if whole and value is not None else _clean(value)

    records = result.parameters.to_dict("records")
    return {
        "estimator": result.estimator,
        "missing": result.missing,
        "converged": result.converged,
        "status": result.status,
        "problems": list(result.problems),
        "nobs": list(result.nobs),
        "npar": result.npar,
        "group_labels": list(result.group_labels),
        "parameters": [{str(k): _clean(v) for k, v in row.items()} for row in records],
        "fit": {k: _measure(k, v) for k, v in result.fit.items()},
        "warnings": list(result.warnings),
    }


@click.command("fit")
@click.argument("model", metavar="MODEL.lav", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("data", metavar="DATA.csv", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--estimator",
    type=click.Choice(ESTIMATORS, case_sensitive=False),
    default=None,
    help="默认 ML，有序题目为 WLSMV / default ML, WLSMV for ordinal items",
)
@click.option(
    "--ordered",
    is_flag=False,
    flag_value="all",
    callback=comma_list,
    default=None,
    help="有序变量，逗号分隔；不写名称为全部 / ordinal items a,b; without names: all",
)
@click.option(
    "--missing", type=click.Choice(("listwise", "fiml", "pairwise")), default="listwise", show_default=True
)
@click.option("--group", default=None, help="分组列 / grouping column; groups in order of first appearance")
@click.option(
    "--group-equal", callback=comma_list, default=None, help="loadings,intercepts,residuals,thresholds,…"
)
@click.option(
    "--group-partial", callback=comma_list, default=None, help='放开的参数 / released, e.g. "f=~x2,x3~1"'
)
@click.option("--std-lv", is_flag=True, help="潜变量方差定为 1 / latent variances fixed to 1")
@click.option("--orthogonal", is_flag=True, help="潜变量互不相关 / no latent covariances")
@click.option("--meanstructure", is_flag=True, help="含均值结构 / with means")
@click.option("--parameterization", type=click.Choice(("delta", "theta")), default="delta", show_default=True)
@click.option(
    "--json",
    "json_path",
    default=None,
    metavar="OUT",
    help="结果写成 JSON；- 为标准输出 / write JSON; - for stdout",
)
def command(
    model: Path,
    data: Path,
    estimator: str | None,
    ordered: tuple[str, ...],
    missing: str,
    group: str | None,
    group_equal: tuple[str, ...],
    group_partial: tuple[str, ...],
    std_lv: bool,
    orthogonal: bool,
    meanstructure: bool,
    parameterization: str,
    json_path: str | None,
) -> None:
    """拟合模型，输出 lavaan 用户熟悉的结果 / fit a model and print what a lavaan user expects.

    退出码 / exit: 0 可用 usable; 2 输入有误 bad input (named); 3 未收敛、不可识别或不可接受 not converged,
    not identified or inadmissible (which parameter, and why). JSON 总会写出 the JSON is always written.
    """
    try:
        frame = read_table(data)
        result = fit(
            model.read_text(encoding="utf-8"),
            frame,
            estimator=(estimator or ("wlsmv" if ordered else "ml")).upper(),
            ordered=ordered,
            missing=missing,
            group=group,
            group_equal=group_equal,
            group_partial=group_partial,
            std_lv=std_lv,
            orthogonal=orthogonal,
            meanstructure=meanstructure or None,
            parameterization=parameterization,
        )
    except (DataError, ModelSyntaxError) as error:
        if json_path:
            _write(
                {"status": "bad_input", "converged": False, "problems": [str(error)], "warnings": []},
                json_path,
            )
        click.echo(str(error), err=True)
        sys.exit(EXIT_BAD_INPUT)
    if json_path:
        _write(as_json(result), json_path)
    if json_path != "-":
        click.echo(summary(result))
    for problem in (*result.problems, *result.warnings):
        click.echo(problem, err=True)
    sys.exit(0 if result.usable else EXIT_UNUSABLE)


def _write(content: dict[str, Any], target: str) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    if target == "-":
        click.echo(text)
    else:
        Path(target).write_text(text + "\n", encoding="utf-8")
