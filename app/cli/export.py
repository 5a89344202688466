"""`dandang export`: released scores by the rights of an HR account, pseudonymous answers by a researcher's.

Each goes the way that the page goes, and is on the trail.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.database import session_on
from app.errors import DandangError, NotFound
from app.exports.cells import csv_lines
from app.exports.programs import FILES, chosen
from app.exports.releases import person_table, released_evidence, score_workbook, unit_table
from app.exports.research import research_export, zipped
from app.settings import get_settings
from app.surveys.models import Survey
from app.surveys.rights import HrView, view_of
from app.trail import service as trail

SCORES = ("xlsx", "csv", "units")


def _written(session: Session, view: HrView, kind: str, path: Path) -> None:
    if kind == "xlsx":
        path.write_bytes(score_workbook(session, view).body)
        return
    evidence = released_evidence(session, view)
    table = person_table if kind == "csv" else unit_table
    path.write_bytes(b"".join(csv_lines(table(session, view, evidence, plain=True), bom=False)))


@click.command("export")
@click.argument("survey_id", metavar="[SURVEY]", required=False, type=click.UUID)
@click.option("--as", "username", required=True, help="以哪个账号的权限导出 / whose rights apply")
@click.option(
    "--format",
    "kind",
    type=click.Choice(tuple(dict.fromkeys((*SCORES, *FILES)))),
    default=None,
    help="人事账号：xlsx 全部（默认）、csv 个人维度得分、units 单位汇总；"
    "研究账号：bundle 全部（默认）、sav、csv 答案、codebook、ddi、lavaan、mplus、spss"
    " / HR: workbook, persons, unit table; researchers: answers, codebook, syntax, or all in one zip",
)
@click.option("--reason", default="", help="研究账号必填：用途，记入审计记录 / why; required of researchers")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="写入的文件 / file")
def command(
    survey_id: uuid.UUID | None, username: str, kind: str | None, reason: str, out: Path | None
) -> None:
    """导出得分或研究数据，与页面下载相同 / write released scores or research data, as on the page.

    不写测评编号时列出全部测评 / without a survey, lists them. 每次导出都有记录 / each export is on the trail.
    """
    with session_on(get_settings().database) as session:
        account = session.scalar(select(Account).where(Account.username == username))
        if account is None or account.role not in {"hr", "researcher"} or not account.active:
            raise click.ClickException(
                f"没有可用的人事或研究账号“{username}” / no active HR or research account of that name"
            )
        if survey_id is None:
            for survey in session.scalars(select(Survey).order_by(Survey.created_at)):
                click.echo(f"{survey.id}\t{survey.state}\t{survey.origin}\t{survey.title}")
            return
        try:
            path = (
                _scores(session, account, survey_id, kind or "xlsx", out)
                if account.role == "hr"
                else _research(session, account, survey_id, kind or "bundle", reason, out)
            )
        except DandangError as error:
            raise click.ClickException(f"{error.title} {error.advice}") from error
        session.commit()
    click.echo(str(path))


def _scores(session: Session, account: Account, survey_id: uuid.UUID, kind: str, out: Path | None) -> Path:
    if kind not in SCORES:
        raise click.ClickException(f"人事账号不能导出 {kind} / not for an HR account: {kind}")
    path = out or Path(f"scores-{survey_id}.{'xlsx' if kind == 'xlsx' else 'csv'}")
    view = view_of(session, account, survey_id)
    trail.append(
        session, actor=str(account.id), action="score.export", subject=f"survey:{survey_id}", format=kind
    )
    _written(session, view, kind, path)
    return path


def _research(
    session: Session, account: Account, survey_id: uuid.UUID, kind: str, reason: str, out: Path | None
) -> Path:
    if kind not in FILES:
        raise click.ClickException(f"研究账号不能导出 {kind} / not for a research account: {kind}")
    survey = session.get(Survey, survey_id)
    if survey is None:
        raise NotFound
    made = research_export(session, survey, account, reason, programs=True)
    found = chosen(made.files, kind)
    single = next(iter(found)) if len(found) == 1 else None
    path = out or Path(f"research-{survey_id}{Path(single).suffix if single else '.zip'}")
    path.write_bytes(found[single] if single else zipped(found))
    return path
