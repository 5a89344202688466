"""`dandang user`: staff accounts from the command line."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.accounts import service
from app.accounts.models import ROLES, Account, AccountUnit
from app.database import session_on
from app.errors import DandangError
from app.settings import get_settings
from app.units.models import Unit


@click.group("user")
def command() -> None:
    """管理工作人员账号 / staff accounts."""


@command.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice(ROLES), required=True, help="角色 / role")
@click.option("--name", default="", help="显示的姓名 / display name")
@click.option(
    "--unit", "units", multiple=True, help="可查看的单位编码，可多次给出 / unit code an HR account may see"
)
@click.password_option(help="不给出则提示输入 / prompted for when not given")
def add(username: str, role: str, name: str, units: tuple[str, ...], password: str) -> None:
    """新增账号 / add an account."""
    with session_on(get_settings().database) as session:
        known = {unit.code: unit.id for unit in session.scalars(select(Unit).where(Unit.code.in_(units)))}
        if missing := [code for code in units if code not in known]:
            raise click.ClickException(f"没有这些单位编码 / unknown unit codes: {', '.join(missing)}")
        try:
            service.create_account(
                session,
                username=username,
                display_name=name or username,
                role=role,
                password=password,
                units=known.values(),
            )
        except DandangError as error:
            raise click.ClickException(f"{error.title} {error.advice}") from error
        session.commit()
    click.echo(f"已新增账号 {username}（{role}）/ added")


@command.command("list")
def list_accounts() -> None:
    """列出账号 / list accounts."""
    with session_on(get_settings().database) as session:
        codes = {unit.id: unit.code for unit in session.scalars(select(Unit))}
        for account in session.scalars(select(Account).order_by(Account.username)):
            roots = session.scalars(select(AccountUnit.unit_id).where(AccountUnit.account_id == account.id))
            seen = ", ".join(codes.get(root, "?") for root in roots) or "–"
            state = "" if account.active else "（停用 / inactive）"
            click.echo(f"{account.username}\t{account.role}\t{seen}\t{account.display_name}{state}")


@command.command("password")
@click.argument("username")
@click.password_option()
def password(username: str, password: str) -> None:
    """重设密码并退出其全部登录 / set a password and end the account's sessions."""
    with session_on(get_settings().database) as session:
        try:
            service.set_password(session, username, password)
        except DandangError as error:
            raise click.ClickException(f"{error.title} {error.advice}") from error
        session.commit()
    click.echo("密码已重设，原有登录已失效 / password set, sessions ended")


@command.command("second-factor")
@click.argument("username")
def second_factor(username: str) -> None:
    """取消账号绑定的动态验证码，供唯一的安全管理员丢失手机时使用 / take a second factor away."""
    with session_on(get_settings().database) as session:
        account = session.scalar(select(Account).where(Account.username == username))
        if account is None:
            raise click.ClickException(f"没有账号“{username}” / no such account")
        service.reset_second_factor(session, account, officer=None)
        session.commit()
    click.echo("动态验证码已取消，下次登录后重新绑定 / taken away, enrol again after signing in")
