"""`dandang keys split|destroy|withdraw SURVEY`: the key of a confidential survey, with its two custodians."""

from __future__ import annotations

import uuid

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import main
from app.database import session_on
from app.errors import DandangError
from app.responses import deletion
from app.settings import get_settings
from app.surveys import campaign
from app.surveys.models import Survey
from app.units.models import Unit

assert main  # every table must be known before a row of it is written


def _survey(session: Session, survey_id: uuid.UUID) -> Survey:
    survey = session.get(Survey, survey_id)
    if survey is None:
        raise click.ClickException(f"没有测评 {survey_id} / no such survey")
    return survey


def _refused(error: DandangError) -> click.ClickException:
    return click.ClickException(f"{error.title}。{error.advice}")


def _hand_over(shares: tuple[str, str]) -> None:
    for number, share in enumerate(shares, start=1):
        who = f"第 {number} 份 / share {number}"
        click.prompt(f"{who}：只让第 {number} 名保管人看屏幕，按回车显示", default="", show_default=False)
        click.echo(share)
        click.prompt("抄好后按回车，屏幕随即清除 / copied? press enter", default="", show_default=False)
        click.clear()
        typed = click.prompt(f"请第 {number} 名保管人再输入一遍核对 / type it again", hide_input=True)
        if typed.strip().lower() != share:
            raise click.ClickException(
                "与显示的不同。密钥没有拆分，请重新开始 / not the same; nothing was done"
            )


@click.command("split")
@click.argument("survey", type=click.UUID)
def split(survey: uuid.UUID) -> None:
    """测评结束后把密钥拆成两份，各显示一次 / split a closed survey's key between two custodians.

    两名保管人须在场，各自抄下一份；显示之后密钥文件即销毁，系统不再持有密钥。
    """
    with session_on(get_settings().database) as session:
        found = _survey(session, survey)
        try:
            shares = campaign.shares_of(found)
        except DandangError as error:
            raise _refused(error) from error
        # on the trail before anybody sees a share: who stops half-way has still seen it
        campaign.record_use(session, found, actor="system", purpose="split", outcome="shares shown")
        session.commit()
    _hand_over(shares)  # outside any transaction: it takes as long as it takes
    with session_on(get_settings().database) as session:
        found = _survey(session, survey)
        try:
            campaign.mark_split(session, found, actor="system")
        except DandangError as error:
            raise _refused(error) from error
        session.commit()
        campaign.forget_file(found)
    click.echo("密钥已拆分，文件已销毁 / the key is split, its file destroyed")


@click.command("destroy")
@click.argument("survey", type=click.UUID)
@click.confirmation_option(
    prompt="销毁后谁也不能再把答卷对应到人，也不能再撤回。继续 / nobody can link or withdraw; go on"
)
def destroy(survey: uuid.UUID) -> None:
    """销毁保密测评的密钥 / destroy the key of a confidential survey for good."""
    with session_on(get_settings().database) as session:
        found = _survey(session, survey)
        try:
            campaign.destroy(session, found, actor="system")
        except DandangError as error:
            raise _refused(error) from error
        session.commit()
        campaign.forget_file(found)
    click.echo("密钥已销毁；请两名保管人各自销毁所持的一份 / destroyed; custodians, destroy your shares")


@click.command("withdraw")
@click.argument("survey", type=click.UUID)
@click.option("--unit", "unit_code", required=True, help="单位编码 / unit code")
@click.option("--staff-number", prompt="工号 / staff number", help="工号 / staff number")
def withdraw(survey: uuid.UUID, unit_code: str, staff_number: str) -> None:
    """两名保管人共同撤回一个人的答卷 / withdraw one person's response with both shares."""
    with session_on(get_settings().database) as session:
        found = _survey(session, survey)
        unit = session.scalar(select(Unit).where(Unit.code == unit_code))
        if unit is None:
            raise click.ClickException(f"没有单位 {unit_code} / no such unit")
        one, other = (
            click.prompt(f"第 {number} 份密钥 / share {number}", hide_input=True) for number in (1, 2)
        )
        try:
            deletion.withdraw_with_shares(session, found, unit, staff_number, (one, other), actor="system")
        except DandangError as error:
            session.commit()  # nothing was deleted; that the shares were tried stays on the trail
            raise _refused(error) from error
        session.commit()
    click.echo("已撤回，答案与得分已删除 / withdrawn: answers and scores are deleted")
