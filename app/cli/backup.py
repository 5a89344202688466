"""`dandang backup`: every row of the store in one file, while the service goes on."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import sessionmaker

from app import main
from app.backups.service import RestoreRefused, write_backup
from app.database import engine_on
from app.settings import get_settings
from app.trail import service as trail

assert main  # every table must be known before a backup can say that it holds all of them


@click.command("backup")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="覆盖已有文件 / overwrite a file that exists")
def command(out: Path, force: bool) -> None:
    """备份数据库为一个文件，服务无须停止 / write every row into one file; the service may go on.

    备份里没有密钥：密钥目录须另行备份、另处存放，缺了它备份打不开。队列和报告文件不在备份内，可重新生成。
    No key is in it: back up the key directory separately, or the backup cannot be read.
    """
    if out.exists() and not force:
        raise click.ClickException(f"{out} 已存在；换个名字或加 --force / exists; another name, or --force")
    settings = get_settings()
    with engine_on(settings.database) as engine:
        trail.record(sessionmaker(engine), actor="system", action="backup.write", subject="backup")
        try:
            manifest = write_backup(engine, out)
        except RestoreRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{out}：{len(manifest.tables)} 张表，{manifest.rows} 行 / tables, rows")
    click.echo(f"结构 {manifest.revision}，审计记录 {manifest.trail_entries} 条 / schema, trail entries")
    click.echo(f"请另行备份密钥目录 / back up the keys separately: {settings.keys}")
