"""`dandang invariance`: configural, metric, scalar, strict in one call; ordinal items by thresholds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from analysis.sem import DataError, ModelSyntaxError
from analysis.sem.invariance import invariance
from analysis.sem.partial_invariance import propose_partial
from app.cli.fit import ESTIMATORS, EXIT_BAD_INPUT, EXIT_UNUSABLE, comma_list, read_table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
MISSING = click.Choice(("listwise", "fiml", "pairwise"))


@click.command("invariance")
@click.argument("model", metavar="MODEL.lav", type=FILE)
@click.argument("data", metavar="DATA.csv", type=FILE)
@click.option("--group", required=True, help="分组列 / grouping column")
@click.option(
    "--estimator",
    type=click.Choice(ESTIMATORS, case_sensitive=False),
    default=None,
    help="默认 MLR，有序题目为 WLSMV / default MLR, WLSMV for ordinal items",
)
@click.option("--ordered", callback=comma_list, default=None, help="有序变量，或 all / ordinal items, or all")
@click.option(
    "--missing", type=click.Choice(("listwise", "fiml", "pairwise")), default="listwise", show_default=True
)
@click.option("--steps", callback=comma_list, default=None, help="configural,metric,scalar,…")
@click.option("--partial", callback=comma_list, default=None, help='放开的参数 / released, e.g. "f=~x2,x3~1"')
@click.option("--propose", default=None, metavar="STEP", help="为某步提出方案 / propose releases")
@click.option("--std-lv", is_flag=True, help="潜变量方差定为 1 / latent variances fixed to 1")
@click.option("--orthogonal", is_flag=True, help="潜变量互不相关 / no latent covariances")
@click.option(
    "--json",
    "json_path",
    default=None,
    metavar="OUT",
    help="写成 JSON / JSON; - for stdout",
)
def command(
    model: Path,
    data: Path,
    group: str,
    estimator: str | None,
    ordered: tuple[str, ...],
    missing: str,
    steps: tuple[str, ...],
    partial: tuple[str, ...],
    propose: str | None,
    std_lv: bool,
    orthogonal: bool,
    json_path: str | None,
) -> None:
    """检验测量不变性 / measurement invariance over groups.

    有序题目按 Wu 与 Estabrook（2016）的次序，先阈限后载荷。退出码 / exit: 0 各步可用 all steps usable;
    2 输入有误 bad input (named); 3 某一步不可用 a step may not be used (named).
    """
    try:
        result = invariance(
            model.read_text(encoding="utf-8"),
            read_table(data),
            group=group,
            estimator=estimator,
            ordered=ordered,
            missing=missing,
            steps=steps or None,
            partial=partial,
            std_lv=std_lv,
            orthogonal=orthogonal,
        )
        proposal = propose_partial(result, propose) if propose else None
    except (DataError, ModelSyntaxError, KeyError, ValueError) as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_BAD_INPUT)
    content = result.to_dict() | ({"proposal": proposal.to_dict()} if proposal else {})
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    if json_path == "-":
        click.echo(text)
    else:
        click.echo(result.to_text())
        if proposal:
            click.echo("\n" + proposal.to_text())
        if json_path:
            Path(json_path).write_text(text + "\n", encoding="utf-8")
    sys.exit(0 if all(step.fit.usable for step in result.steps) else EXIT_UNUSABLE)
