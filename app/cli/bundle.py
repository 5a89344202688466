"""`dandang bundle`: the files for other programs (SPSS, R, Mplus, jamovi) from a file of answers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import click

import instruments
from analysis.interchange import FORMATS, Choices, Format, bundle, one_file
from app.errors import DandangError
from app.exports.frames import dataset_from
from app.exports.imports import read_answers

SHOWN_PROBLEMS = 20


@click.command("bundle")
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--instrument", "ref", required=True, help="问卷，如 dandang-jsjb 或 dandang-jsjb/0.1.0")
@click.option(
    "-o", "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True
)
@click.option("--form", default=None, help="题组，默认为问卷的默认题组 / form, default the instrument's")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="列对应文件 / column mapping",
)
@click.option(
    "--format", "wanted", type=click.Choice(FORMATS), default="bundle", show_default=True,
    help="bundle 全部写入目录，其余只写一种 / bundle: all into the folder, else one of them",
)  # fmt: skip
@click.option(
    "--missing",
    type=click.Choice(("listwise", "fiml")),
    default="listwise",
    show_default=True,
    help="与报告所用相同 / as in the report",
)
@click.option("--accept-valid", is_flag=True, help="有问题的行不用 / leave refused rows out and go on")
@click.option("--simulated", is_flag=True, help="文件为模拟数据 / the file holds simulated people")
def command(
    answers: Path,
    ref: str,
    out: Path,
    form: str | None,
    mapping: Path | None,
    wanted: Format,
    missing: Literal["listwise", "fiml"],
    accept_valid: bool,
    simulated: bool,
) -> None:
    """由答卷文件写出供 SPSS、R、Mplus、jamovi 使用的文件 / data with labels, codebook and syntax from a file.

    语法重新计算 dandang report 的数字 / the syntax repeats the numbers of `dandang report`.
    """
    try:
        instrument = instruments.load(ref)
        table = read_answers(answers, instrument, mapping, form=form)
    except instruments.InstrumentError as error:
        raise click.ClickException("\n".join(error.problems)) from error
    except DandangError as error:
        raise click.ClickException(f"{error.title} {error.advice}") from error
    for problem in table.problems[:SHOWN_PROBLEMS]:
        click.echo(str(problem), err=True)
    if (table.problems and not accept_valid) or not table.rows:
        click.echo("没有写出文件 / nothing was written", err=True)
        raise SystemExit(2)
    dataset = dataset_from(
        table,
        instrument,
        title=answers.name,
        form=form or instrument.default_form,
        simulated=simulated,
        fingerprint=hashlib.sha256(answers.read_bytes()).hexdigest(),
    )
    choices = Choices(missing=missing)
    files = (
        bundle(instrument, dataset, choices)
        if wanted == "bundle"
        else dict([one_file(instrument, dataset, choices, wanted)])
    )
    for name, body in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        click.echo(str(path))
