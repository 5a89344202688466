"""`dandang power`: how many people a model needs, before collecting, by Monte Carlo; power of RMSEA tests."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import click
import pandas as pd

import instruments
from analysis.power import RmseaPower, SampleSizeGuides, SampleSizes, rmsea_power, sample_sizes
from analysis.scoring import recode_matrix
from analysis.sem import DataError, ModelSyntaxError, fit
from analysis.sem.simulation import Population, free_pattern, population_from_fit, population_from_syntax
from app.cli.fit import ESTIMATORS, EXIT_BAD_INPUT, EXIT_UNUSABLE, comma_list, read_table
from app.errors import DandangError
from app.exports.frames import frame_of
from app.exports.imports import read_answers

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LARGEST_SIZE = 100_000
SHOWN_PROBLEMS = 20


def _sizes(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """Split "200,400" into numbers of people."""
    try:
        found = tuple(sorted({int(part) for part in value.split(",") if part.strip()}))
    except ValueError as error:
        raise click.BadParameter("人数须为逗号分隔的整数 / whole numbers, comma-separated") from error
    if not found or found[0] < 2 or found[-1] > LARGEST_SIZE:
        raise click.BadParameter(
            f"人数须在 2 至 {LARGEST_SIZE} 之间 / sizes lie between 2 and {LARGEST_SIZE}"
        )
    return found


def _rmsea(df: int, sizes: tuple[int, ...], wanted: float) -> list[RmseaPower]:
    """Close, not-close and exact fit at every size."""
    tests = ((0.05, 0.08), (0.05, 0.01), (0.0, 0.05))
    return [
        rmsea_power(df, null=null, alternative=alternative, n=n, wanted=wanted)
        for null, alternative in tests
        for n in sizes
    ]


def _rmsea_text(rows: list[RmseaPower]) -> str:
    lines = [f"RMSEA 检验力 / power of the tests of RMSEA, df = {rows[0].df}, alpha = {rows[0].alpha}"]
    for row in rows:
        lines.append(
            f"  {row.test:<10} {row.null:.2f} → {row.alternative:.2f}  n = {row.n}: {row.power:.3f}"
            f"  (n for power {row.wanted:.2f}: {row.needed if row.needed else row.reason})"
        )
    return "\n".join([*lines, *sorted({warning for row in rows for warning in row.warnings})])


def _text(found: SampleSizes) -> str:
    guides = found.guides
    head = (
        f"Monte Carlo，每个人数 {found.replications} 次，种子 {found.seed}"
        f" / {found.replications} replications a size, seed {found.seed}\n"
        f"要求 / guides: 可接受解 admissible ≥ {guides.admissible:.2f}, 检验力 power ≥ {guides.power:.2f}, "
        f"覆盖率 coverage {guides.coverage[0]:.2f}–{guides.coverage[1]:.2f} (± 2 Monte Carlo SE), "
        f"相对偏差 |relative bias| ≤ {guides.relative_bias:.2f}"
    )
    verdict = (
        f"所需人数 / people needed: {found.needed}（试过的人数中 / among the sizes tried）"
        if found.needed
        else found.reason
    )
    table = found.table.to_string(float_format="%.3f", na_rep="")
    return "\n\n".join([head, table, verdict, *found.warnings])


def _pilot(path: Path, ref: str | None) -> pd.DataFrame:
    """The pilot's data: columns as they stand; with an instrument, its answers, reversed items turned.

    Raises DataError for rows that cannot be read, each with row, column and value.
    """
    if ref is None:
        return read_table(path)
    instrument = instruments.load(ref)
    table = read_answers(path, instrument)
    if table.problems:
        raise DataError("\n".join(str(problem) for problem in table.problems[:SHOWN_PROBLEMS]))
    items = [code for code in table.items if code in instrument.items]
    given = frame_of(table, instrument)[items].to_numpy()
    return pd.DataFrame(recode_matrix(instrument, items, given), columns=items)


def _truth(
    model: str,
    population: Path | None,
    pilot: pd.DataFrame | None,
    standardized: bool,
    options: dict[str, Any],
) -> tuple[Population, str]:
    """The population and the model to fit: values from the pilot's own fit, a file, or the model itself."""
    if pilot is not None:
        return population_from_fit(fit(model, pilot, **options)), model
    stated = population.read_text(encoding="utf-8") if population else model
    return (
        population_from_syntax(stated, standardized=standardized),
        model if population else free_pattern(model),
    )


def _model_of(ref: str, model_id: str | None) -> tuple[str, dict[str, Any]]:
    """The syntax of an instrument's model (default its target) and how it is identified."""
    instrument = instruments.load(ref)
    wanted = model_id or instrument.evidence.target_model
    for spec in instrument.models:
        if spec.id == wanted:
            return spec.syntax, {"std_lv": spec.std_lv, "orthogonal": spec.orthogonal}
    known = ", ".join(spec.id for spec in instrument.models)
    raise DataError(f"{wanted}: 问卷没有这个模型 / no such model of {instrument.id}; {known}")


def _write(content: str, target: str) -> None:
    if target == "-":
        click.echo(content)
    else:
        Path(target).write_text(content + "\n", encoding="utf-8")


def _csv(found: SampleSizes) -> str:
    text = io.StringIO()
    found.table.to_csv(text, lineterminator="\n")
    return text.getvalue().rstrip("\n")


@click.command("power")
@click.argument("model_file", metavar="[MODEL.lav]", type=FILE, required=False)
@click.option("--instrument", "ref", help="问卷，如 dandang-jsjb，代替 MODEL.lav / instead of MODEL.lav")
@click.option(
    "--model", "model_id", help="问卷的模型，默认目标结构 / the instrument's model, default the target"
)
@click.option("--population", type=FILE, help="写明参数值的模型 / model with values, e.g. f =~ .7*x1 + .7*x2")
@click.option(
    "--pilot",
    type=FILE,
    help="参数值取自对预测试数据的拟合；配 --instrument 时为答卷文件，反向题自动反转"
    " / values from a fit to pilot data (CSV); with --instrument a file of answers, reversed items turned",
)
@click.option("--standardized", is_flag=True, help="写明的是标准化值 / the values are standardised")
@click.option("--df", type=click.IntRange(min=1), help="只算 RMSEA 检验力 / only RMSEA power, at once")
@click.option("--sizes", callback=_sizes, default="200,300,500,800", show_default=True, help="人数 / people")
@click.option("--replications", type=click.IntRange(2, 10_000), default=200, show_default=True)
@click.option("--seed", type=int, default=20240501, show_default=True)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--judged", callback=comma_list, help="只看这些参数，如 f=~x1,f~~g / judge only these parameters"
)
@click.option("--admissible", type=click.FloatRange(0, 1), default=0.95, show_default=True)
@click.option("--power", "wanted", type=click.FloatRange(0.01, 0.99), default=0.80, show_default=True)
@click.option("--bias", type=click.FloatRange(0), default=0.10, show_default=True, help="相对偏差 / relative")
@click.option(
    "--estimator", type=click.Choice(ESTIMATORS, case_sensitive=False), default="ml", show_default=True
)
@click.option("--std-lv", is_flag=True, help="潜变量方差定为 1 / latent variances fixed to 1")
@click.option("--json", "json_path", metavar="OUT", help="写成 JSON；- 为标准输出 / JSON; - for stdout")
@click.option("--csv", "csv_path", metavar="OUT", help="表写成 CSV；- 为标准输出 / the table; - for stdout")
def command(
    model_file: Path | None,
    ref: str | None,
    model_id: str | None,
    population: Path | None,
    pilot: Path | None,
    standardized: bool,
    df: int | None,
    sizes: tuple[int, ...],
    replications: int,
    seed: int,
    processes: int,
    judged: tuple[str, ...],
    admissible: float,
    wanted: float,
    bias: float,
    estimator: str,
    std_lv: bool,
    json_path: str | None,
    csv_path: str | None,
) -> None:
    """收集数据之前：这个模型需要多少人？ / before collecting: how many people does a model need?

    总体参数写在模型里（f =~ .7*x1），或由 --population、--pilot 给出；对每个人数抽样并拟合。
    From a model with values, or an instrument's model with --population or --pilot. --df alone gives the
    power of the tests of RMSEA (MacCallum, Browne & Sugawara 1996) instantly.

    退出码 / exit: 0 有足够的人数 a size suffices; 2 输入有误 bad input (named); 3 都不够 none suffices.
    """
    shown = "-" not in (json_path, csv_path)
    if df is not None:
        if model_file or ref or csv_path:
            raise click.UsageError("--df 单独使用，可加 --json / --df stands alone, with --json")
        rows = _rmsea(df, sizes, wanted)
        if json_path:
            _write(json.dumps([row.to_dict() for row in rows], ensure_ascii=False, indent=1), json_path)
        if shown:
            click.echo(_rmsea_text(rows))
        return
    if (model_file is None) == (ref is None) or (population and pilot):
        raise click.UsageError(
            "给出 MODEL.lav 或 --instrument 之一，--population 与 --pilot 至多其一"
            " / one of MODEL.lav and --instrument; at most one of --population and --pilot"
        )
    if ref and not (population or pilot):
        raise click.UsageError("--instrument 须加 --population 或 --pilot / needs --population or --pilot")
    options: dict[str, Any] = {"estimator": estimator.upper(), "std_lv": std_lv}
    try:
        if ref:
            text, identified = _model_of(ref, model_id)
            options |= identified | {"std_lv": std_lv or identified["std_lv"]}
        elif model_file:
            text = model_file.read_text(encoding="utf-8")
        answers = _pilot(pilot, ref) if pilot is not None else None
        truth, fitted = _truth(text, population, answers, standardized, options)
        found = _study(
            truth,
            fitted,
            sizes,
            guides=SampleSizeGuides(admissible=admissible, power=wanted, relative_bias=bias),
            judged=judged,
            replications=replications,
            seed=seed,
            processes=processes,
            **options,
        )
    except instruments.InstrumentError as error:
        click.echo("\n".join(error.problems), err=True)
        sys.exit(EXIT_BAD_INPUT)
    except DandangError as error:
        click.echo(f"{error.title} {error.advice}", err=True)
        sys.exit(EXIT_BAD_INPUT)
    except (DataError, ModelSyntaxError, ValueError) as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_BAD_INPUT)
    if json_path:
        _write(json.dumps(found.to_dict(), ensure_ascii=False, indent=1, allow_nan=False), json_path)
    if csv_path:
        _write(_csv(found), csv_path)
    if shown:
        click.echo(_text(found))
    sys.exit(0 if found.needed else EXIT_UNUSABLE)


def _study(truth: Population, model: str, sizes: tuple[int, ...], **asked: Any) -> SampleSizes:
    """All sizes in one study, saying on stderr what is being done."""

    def _say(done: int, n: int) -> None:
        click.echo(f"{done}/{len(sizes)}  n = {n}", err=True)

    return sample_sizes(truth, model, sizes, progress=_say, **asked)
