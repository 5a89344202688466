"""`dandang import`: real respondents from a file into a survey of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from sqlalchemy import select

import instruments
from app.database import session_on
from app.errors import DandangError
from app.exports.imports import import_responses
from app.scores.snapshots import release_scores
from app.settings import get_settings
from app.surveys.service import create_survey
from app.units.models import Unit

SHOWN_PROBLEMS = 200


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--instrument", "ref", required=True, help="问卷，如 ipip-bfi-25 或 ipip-bfi-25/1.0.0")
@click.option("--title", default="", help="测评名称，默认取文件名 / name of the survey, default the file's")
@click.option(
    "--office", default="导入 / imported", show_default=True, help="数据提供单位 / who provides the data"
)
@click.option(
    "--unit", "units", multiple=True, help="归属的单位编码，使该单位人事可见 / unit codes whose HR may see it"
)
@click.option("--form", default=None, help="题组，默认为问卷的默认题组 / form, default the instrument's")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="列对应文件 / column mapping",
)
@click.option("--accept-valid", is_flag=True, help="有问题的行不导入，其余导入 / store the valid rows only")
@click.option(
    "--problems",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把问题清单写入文件 / list refused rows there",
)
def command(
    path: Path,
    ref: str,
    title: str,
    office: str,
    units: tuple[str, ...],
    form: str | None,
    mapping: Path | None,
    accept_valid: bool,
    problems: Path | None,
) -> None:
    """导入已有答卷（CSV、xlsx、.sav）/ import real respondents.

    列名用题目编码，或另给列对应文件。有问题的行逐条列出行、列、值；不加 --accept-valid 则一行也不存。
    Every refused row is listed with row, column and value; nothing is stored unless --accept-valid (exit 2).
    """
    settings = get_settings()
    with session_on(settings.database) as session:
        try:
            instrument = instruments.load(ref)
            known = {unit.code: unit.id for unit in session.scalars(select(Unit).where(Unit.code.in_(units)))}
            if missing := [code for code in units if code not in known]:
                raise click.ClickException(f"没有这些单位编码 / unknown unit codes: {', '.join(missing)}")
            survey = create_survey(
                session,
                title=title or path.name,
                office=office,
                instrument_ref=instrument.ref,
                units=known.values(),
                origin="imported",
                form=form,
            )
            outcome = import_responses(session, survey, path, mapping=mapping, accept_valid=accept_valid)
        except instruments.InstrumentError as error:
            raise click.ClickException("\n".join(error.problems)) from error
        except DandangError as error:
            raise click.ClickException(f"{error.title} {error.advice}") from error
        lines = [str(problem) for problem in outcome.problems]
        if problems is not None:
            problems.write_text("\n".join(lines) + "\n", encoding="utf-8")
        for line in lines[:SHOWN_PROBLEMS]:
            click.echo(line, err=True)
        if len(lines) > SHOWN_PROBLEMS:
            click.echo(f"……共 {len(lines)} 处，用 --problems 写出全部 / {len(lines)} in all", err=True)
        if outcome.stored == 0:
            session.rollback()
            click.echo("没有存入任何行；改正后重试，或加 --accept-valid / nothing stored", err=True)
            sys.exit(2)
        survey.state = "closed"  # these people answered elsewhere: nothing more comes in
        session.flush()
        release_scores(session, survey, actor="system")
        session.commit()
        for note in outcome.notes:
            click.echo(note, err=True)
        click.echo(f"已导入 {outcome.stored} 人，拒绝 {outcome.refused} 行 / stored, refused")
        click.echo(f"测评编号 / survey: {survey.id}")
