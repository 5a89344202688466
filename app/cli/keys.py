"""`dandang keys`: the data keys of this installation, and the keys of confidential surveys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click
from sqlalchemy.orm import Session, sessionmaker

from app import main, sealing
from app.cli import campaign
from app.database import make_engine, session_factory
from app.security import keys
from app.settings import get_settings
from app.trail import service as trail

assert main  # every table must be known before anything is sealed anew


@contextlib.contextmanager
def _store() -> Iterator[sessionmaker[Session]]:
    engine = make_engine(get_settings().database)
    sessions = session_factory(engine)
    try:
        sealing.check_keys(sessions)
        yield sessions
    except sealing.WrongKeys as error:
        raise click.ClickException(str(error)) from error
    finally:
        engine.dispose()


@click.group("keys")
def command() -> None:
    """管理加密密钥 / encryption keys. 密钥目录 DANDANG_KEY_DIRECTORY 须另行备份，不在数据备份之内。"""


@command.command("list")
def list_keys() -> None:
    """列出数据密钥及其加密的值数 / data keys and how many values each seals."""
    with _store() as sessions, sessions() as session:
        counts = sealing.sealed_under(session)
    active = keys.ring().active().number
    for number, key in sorted(keys.ring().keys().items()):
        mark = "（在用 / active）" if number == active else ""
        click.echo(f"{number}\t{key.cipher}\t{counts.get(number, 0)} 个值 / values{mark}")


@command.command("rotate")
def rotate() -> None:
    """新增数据密钥，此后用它加密 / make a new data key; from now on it seals."""
    with _store() as sessions, sessions.begin() as session:
        made = keys.rotate()
        trail.append(session, actor="system", action="key.rotate", subject="keys", key=made.number)
    click.echo(f"已启用 {made.number} 号密钥（{made.cipher}）/ in use. 请备份密钥目录 {get_settings().keys}")
    click.echo("旧值用 dandang keys reseal 换成新密钥 / then: dandang keys reseal")


@command.command("reseal")
def reseal() -> None:
    """用在用密钥重新加密全部旧值，可中断后重来 / seal old values anew; may be interrupted."""

    def _say(table: str, done: int) -> None:
        click.echo(f"\r{table:<16} {done}", nl=False, err=True)

    with _store() as sessions:
        total = sealing.reseal(sessions, _say)
    click.echo("", err=True)
    click.echo(f"已重新加密 {total} 个值 / values sealed anew")


@command.command("retire")
@click.argument("number", type=int)
@click.confirmation_option(
    prompt="销毁后，用它加密的旧备份也无法恢复。继续 / old backups sealed by it cannot be read; go on"
)
def retire(number: int) -> None:
    """销毁不再使用的数据密钥 / destroy a data key that seals nothing any more."""
    with _store() as sessions:
        with sessions() as session:
            used = sealing.sealed_under(session).get(number, 0)
        if used:
            raise click.ClickException(
                f"{number} 号密钥仍加密着 {used} 个值，请先 dandang keys reseal / still seals {used} values"
            )
        try:
            keys.retire(number)
        except (ValueError, keys.MissingKey) as error:
            raise click.ClickException(f"{number} 号密钥在用或不存在 / {error}") from error
        with sessions.begin() as session:
            trail.append(session, actor="system", action="key.retire", subject="keys", key=number)
    click.echo(f"{number} 号密钥已销毁 / destroyed")


for campaign_command in (campaign.split, campaign.destroy, campaign.withdraw):
    command.add_command(campaign_command)
