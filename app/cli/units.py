"""`dandang units`: the tree of units from a file, and what there is."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from app.database import session_on
from app.errors import DandangError
from app.settings import get_settings
from app.units.directory import add_units
from app.units.models import Unit


@click.group("units")
def command() -> None:
    """管理单位 / the tree of units."""


@command.command("add")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(path: Path) -> None:
    """由 CSV 或 xlsx 新增单位 / add units from a file.

    三列 / columns: 单位编码、单位名称、上级编码（最上级留空）. 有问题则一个也不加（退出码 2）。
    """
    with session_on(get_settings().database) as session:
        try:
            created, problems = add_units(session, path.read_bytes(), path.name)
        except DandangError as error:
            raise click.ClickException(f"{error.title} {error.advice}") from error
        if problems:
            for problem in problems:
                click.echo(str(problem), err=True)
            click.echo("没有新增任何单位 / nothing added", err=True)
            raise SystemExit(2)
        session.commit()
    click.echo(f"已新增 {created} 个单位 / units added")


@command.command("list")
def list_units() -> None:
    """列出单位 / list units: code, name, parent's code."""
    with session_on(get_settings().database) as session:
        rows = session.scalars(select(Unit).order_by(Unit.code)).all()
        codes = {unit.id: unit.code for unit in rows}
        for unit in rows:
            click.echo(f"{unit.code}\t{unit.name}\t{codes.get(unit.parent_id, '') if unit.parent_id else ''}")
