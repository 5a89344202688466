"""`dandang trail`: verify the audit record from the command line, for the operator and for a timer."""

from __future__ import annotations

import click

from app.database import reading, session_on
from app.settings import get_settings
from app.trail import service as trail


@click.group("trail")
def command() -> None:
    """审计记录 / the audit record."""


@command.command("verify")
def verify() -> None:
    """逐条核验；有问题则指出首条并以 1 退出 / walk the whole chain; exit 1 naming the first bad entry."""
    with session_on(get_settings().database) as session:
        found = trail.verify(reading(session))
    if not found.whole:
        where = f"第 {found.first_bad} 条 / entry {found.first_bad}: " if found.first_bad else ""
        click.echo(f"{where}{found.words} ({found.reason})", err=True)
        raise SystemExit(1)
    click.echo(
        f"完整，共 {found.entries} 条 / whole, {found.entries} entries\n末条摘要值 / head: {found.head}"
    )
