"""`dandang simulate`: data from a model, a Monte Carlo study of a design, dynamic fit-index cut-offs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from analysis.results import Result
from analysis.sem import DataError, ModelSyntaxError, fit
from analysis.sem.cutoffs import dynamic_cutoffs
from analysis.sem.monte_carlo import monte_carlo
from analysis.sem.simulation import free_pattern, population_from_fit, population_from_syntax, simulate
from app.cli.fit import ESTIMATORS, EXIT_BAD_INPUT, comma_list, read_table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ESTIMATOR = click.Choice(ESTIMATORS, case_sensitive=False)


def _say(result: Result, text: str, json_path: str | None) -> None:
    body = json.dumps(result.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
    if json_path == "-":
        click.echo(body)
        return
    click.echo(text)
    if json_path:
        Path(json_path).write_text(body + "\n", encoding="utf-8")


@click.command("simulate")
@click.argument("model", metavar="POPULATION.lav", type=FILE)
@click.option(
    "--from-data",
    type=FILE,
    help="参数取自对该数据的拟合 / population values from a fit to these data",
)
@click.option("-n", "cases", type=int, default=500, show_default=True, help="人数 / cases (each group)")
@click.option("--standardized", is_flag=True, help="模型中为标准化值 / standardised values")
@click.option("--replications", type=int, default=0, help="蒙特卡洛次数；0 为只生成数据 / 0: only draw data")
@click.option(
    "--fit-model",
    type=FILE,
    help="拟合的模型，默认与总体相同 / model to fit, default the population's own",
)
@click.option("--cutoffs", is_flag=True, help="动态界值 / dynamic cut-offs (needs --from-data)")
@click.option(
    "--likert",
    is_flag=True,
    help="动态界值的模拟样本按数据的作答比例切成等级 / cut the samples into the items' categories",
)
@click.option(
    "--estimator", type=click.Choice(ESTIMATORS, case_sensitive=False), default="ml", show_default=True
)
@click.option("--ordered", callback=comma_list, default=None, help="有序变量，或 all / ordinal items, or all")
@click.option("--std-lv", is_flag=True, help="潜变量方差定为 1 / latent variances fixed to 1")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--processes", type=int, default=1, show_default=True, help="进程数 / numbers do not change")
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="数据写入 / CSV of the data"
)
@click.option("--json", "json_path", default=None, metavar="OUT", help="写成 JSON / JSON; - for stdout")
def command(
    model: Path,
    from_data: Path | None,
    cases: int,
    standardized: bool,
    replications: int,
    fit_model: Path | None,
    cutoffs: bool,
    likert: bool,
    estimator: str,
    ordered: tuple[str, ...],
    std_lv: bool,
    seed: int,
    processes: int,
    out: Path | None,
    json_path: str | None,
) -> None:
    """由模型生成模拟数据，或做蒙特卡洛研究 / simulated data, Monte Carlo of a design, dynamic cut-offs.

    总体参数写在模型里（如 f =~ 0.7*x1）或取自 --from-data。同一种子得到同样的数。
    """
    text = model.read_text(encoding="utf-8")
    options: dict[str, Any] = {"estimator": estimator.upper(), "ordered": ordered, "std_lv": std_lv}
    try:
        if from_data is not None:
            data = read_table(from_data)
            fitted = fit(text, data, **options)
            if cutoffs:
                found = dynamic_cutoffs(
                    fitted,
                    replications=replications or 500,
                    seed=seed,
                    processes=processes,
                    likert=data if likert else None,
                )
                _say(found, found.to_text(), json_path)
                return
            population = population_from_fit(fitted)
        else:
            if cutoffs:
                raise DataError("--cutoffs needs --from-data / 动态界值须给出数据")
            population = population_from_syntax(text, standardized=standardized)
        if replications:
            fitted_text = fit_model.read_text(encoding="utf-8") if fit_model else free_pattern(text)
            study = monte_carlo(
                population,
                fitted_text,
                n=cases,
                replications=replications,
                seed=seed,
                processes=processes,
                **options,
            )
            _say(study, study.to_text(), json_path)
            return
        drawn = simulate(population, cases, seed=seed)
    except (DataError, ModelSyntaxError) as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_BAD_INPUT)
    if out is None:
        click.echo(drawn.to_csv(index=False), nl=False)
    else:
        drawn.to_csv(out, index=False)
        click.echo(f"模拟数据 {len(drawn)} 行 → {out} / simulated rows")
