"""`dandang restore`: put a backup into an empty store of either kind, or only check it."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import sessionmaker

from app import main
from app.backups.archive import Backup, BrokenBackup
from app.backups.service import RestoreRefused, restore_backup
from app.database import engine_on
from app.sealing import WrongKeys, check_keys
from app.settings import get_settings

assert main  # every table must be known before the newest schema can be said to be filled


@click.command("restore")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--check", is_flag=True, help="只核对文件，不恢复 / only check the file; exit 2 if it is damaged"
)
@click.option(
    "--replace",
    is_flag=True,
    help="先清空现有数据库；须先停止服务 / empty the store first; stop the service before",
)
@click.option("--yes", is_flag=True, help="不再询问 / do not ask")
def command(path: Path, check: bool, replace: bool, yes: bool) -> None:
    """恢复备份到空数据库（SQLite 或 PostgreSQL）/ restore a backup into an empty store of either kind.

    先从头到尾核对文件，损坏则什么也不动（退出码 2）。较早版本的备份恢复后自动升级。
    The file is checked to its last byte before anything is touched; an older one is upgraded afterwards.
    """
    try:
        backup = Backup(path)
    except BrokenBackup as error:
        click.echo(f"备份不可用 / not usable: {error}", err=True)
        raise SystemExit(2) from error
    manifest = backup.manifest
    click.echo(
        f"文件完好：{manifest.made_at} 的 {manifest.rows} 行，结构 {manifest.revision} / file is whole"
    )
    if check:
        return
    if replace and not yes:
        click.confirm("现有数据库将被清空，继续 / the present store will be emptied; go on", abort=True)
    settings = get_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    with engine_on(settings.database) as engine:
        try:
            restore_backup(engine, backup, replace=replace)
            check_keys(sessionmaker(engine))
        except (RestoreRefused, BrokenBackup) as error:
            raise click.ClickException(str(error)) from error
        except WrongKeys as error:
            raise click.ClickException(f"数据已恢复，但密钥不符 / restored, but: {error}") from error
    click.echo(f"已恢复 {manifest.rows} 行，审计记录 {manifest.trail_entries} 条 / restored")
