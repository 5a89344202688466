"""`dandang export`: a survey's released scores, by the rights of an HR account, on the trail."""

from __future__ import annotations

import uuid
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.database import session_on
from app.errors import DandangError
from app.exports.cells import csv_lines
from app.exports.releases import person_table, released_evidence, score_workbook, unit_table
from app.settings import get_settings
from app.surveys.models import Survey
from app.surveys.rights import HrView, view_of
from app.trail import service as trail


def _written(session: Session, view: HrView, kind: str, path: Path) -> None:
    if kind == "xlsx":
        path.write_bytes(score_workbook(session, view).body)
        return
    evidence = released_evidence(session, view)
    table = person_table if kind == "csv" else unit_table
    path.write_bytes(b"".join(csv_lines(table(session, view, evidence, plain=True), bom=False)))


@click.command("export")
@click.argument("survey_id", metavar="[SURVEY]", required=False, type=click.UUID)
@click.option("--as", "username", required=True, help="以哪个人事账号的权限导出 / whose rights apply")
@click.option(
    "--format",
    "kind",
    type=click.Choice(("xlsx", "csv", "units")),
    default="xlsx",
    show_default=True,
    help="xlsx 全部；csv 个人维度得分；units 单位汇总 / workbook, persons, unit table",
)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="写入的文件 / file")
def command(survey_id: uuid.UUID | None, username: str, kind: str, out: Path | None) -> None:
    """导出得分，内容与页面下载相同 / write a survey's released scores, the same as on the page.

    不写测评编号时列出全部测评 / without a survey, lists them. 每次导出都有记录 / each export is on the trail.
    """
    with session_on(get_settings().database) as session:
        account = session.scalar(select(Account).where(Account.username == username))
        if account is None or account.role != "hr" or not account.active:
            raise click.ClickException(f"没有可用的人事账号“{username}” / no active HR account of that name")
        if survey_id is None:
            for survey in session.scalars(select(Survey).order_by(Survey.created_at)):
                click.echo(f"{survey.id}\t{survey.state}\t{survey.origin}\t{survey.title}")
            return
        path = out or Path(f"scores-{survey_id}.{'xlsx' if kind == 'xlsx' else 'csv'}")
        try:
            view = view_of(session, account, survey_id)
            trail.append(
                session,
                actor=str(account.id),
                action="score.export",
                subject=f"survey:{survey_id}",
                format=kind,
            )
            _written(session, view, kind, path)
        except DandangError as error:
            raise click.ClickException(f"{error.title} {error.advice}") from error
        session.commit()
    click.echo(str(path))
