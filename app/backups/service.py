"""Write every row of the store into a file, from one moment; put a file's rows back into an empty store."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from app import migrate
from app.backups.archive import FORMAT, Backup, BrokenBackup, Manifest, TableRecord, digest_of, writing
from app.backups.cells import kind_of, light_table, line, row_of
from app.database import Base, now
from app.trail import service as trail

INSERTED_AT_ONCE: Final = 500
NOT_OURS: Final = frozenset({"alembic_version"})
TRAIL: Final = "trail_entry"
Progress = Callable[[str, int], None]


class RestoreRefused(RuntimeError):
    """The store or the file does not allow it; nothing was changed."""


def _quiet(_table: str, _rows: int) -> None:
    pass


def write_backup(engine: sa.Engine, path: Path, progress: Progress = _quiet) -> Manifest:
    """Every row of every table, as they stood at one moment, while the service goes on.

    Raises RestoreRefused when the schema is not the newest or holds a table that the models do not know.
    """
    if migrate.current(engine) != migrate.head():
        raise RestoreRefused("数据库结构不是最新，请先运行 dandang migrate / first run: dandang migrate")
    tables = Base.metadata.sorted_tables
    with _one_moment(engine) as connection:
        unknown = set(sa.inspect(connection).get_table_names()) - {t.name for t in tables} - NOT_OURS
        if unknown:
            raise RestoreRefused(f"不认识的表 / tables unknown to this version: {', '.join(sorted(unknown))}")
        with writing(path) as writer:
            records = {}
            for table in tables:
                columns = {column.name: kind_of(column) for column in table.columns}
                key = [column.name for column in table.primary_key.columns]
                rows, digest = writer.table(table.name, _lines(connection, table.name, columns, key))
                records[table.name] = TableRecord(
                    columns=columns, key=key, rows=rows, digest=digest, parent=_parent(table)
                )
                progress(table.name, rows)
            entries, head = _trail_head(connection)
            manifest = Manifest(
                format=FORMAT,
                made_at=now().isoformat(timespec="seconds"),
                revision=migrate.head(),
                trail_entries=entries,
                trail_head=head,
                tables=records,
            )
            writer.manifest(manifest)
    return manifest


def _one_moment(engine: sa.Engine) -> sa.Connection:
    if engine.dialect.name == "sqlite":
        return engine.connect().execution_options(reading=True)
    return engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _parent(table: sa.Table) -> str:
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    return own[0] if own else ""


def _lines(connection: sa.Connection, name: str, columns: dict[str, str], key: list[str]) -> Iterator[bytes]:
    """The rows in the order of their key as text, which is the same on both stores."""
    table = light_table(name, columns)
    order = [_as_ordered(table.c[column], columns[column], connection.dialect.name) for column in key]
    query = sa.select(table).order_by(*order).execution_options(yield_per=1000)
    for row in connection.execute(query).mappings():
        yield line(columns, dict(row))


def _as_ordered(column: Any, kind: str, dialect: str) -> Any:
    if kind == "text" and dialect == "postgresql":
        return column.collate("C")  # by bytes, as SQLite does, not by the server's language
    return column


def _trail_head(connection: sa.Connection) -> tuple[int, str]:
    entries = sa.table(TRAIL, sa.column("number"), sa.column("digest"))
    last = connection.execute(sa.select(entries).order_by(entries.c.number.desc()).limit(1)).first()
    return (last.number, last.digest) if last else (0, "")


def differences(engine: sa.Engine, manifest: Manifest) -> list[str]:
    """Tables of a store that do not hold exactly what the manifest says."""
    with _one_moment(engine) as connection:
        return _differences(connection, manifest)


def _differences(connection: sa.Connection, manifest: Manifest) -> list[str]:
    found = []
    for name, table in manifest.tables.items():
        rows, digest = digest_of(_lines(connection, name, table.columns, table.key))
        if rows != table.rows:
            found.append(f"{name}：{rows} 行，应为 {table.rows} / rows")
        elif digest != table.digest:
            found.append(f"{name}：内容不同 / content differs")
    if _trail_head(connection) != (manifest.trail_entries, manifest.trail_head):
        found.append("审计记录末条不同 / the last entry of the trail differs")
    return found


def restore_backup(
    engine: sa.Engine, backup: Backup, *, replace: bool = False, progress: Progress = _quiet
) -> None:
    """Put the rows of a checked file into an empty store, then bring its schema to the newest.

    All rows go in with one commit, and only if the store then holds exactly what the file says.
    replace: empty the store first. Raises RestoreRefused, and BrokenBackup.
    """
    if backup.manifest.revision not in migrate.revisions():
        raise RestoreRefused(
            f"备份来自更新的版本（{backup.manifest.revision}），请先升级程序"
            " / the backup is of a newer version; upgrade the program first"
        )
    if not _is_empty(engine):
        if not replace:
            raise RestoreRefused(
                "数据库不是空的；请指向空库，或加 --replace 先清空"
                " / the store is not empty: name an empty one or add --replace"
            )
        _drop_everything(engine)
    migrate.upgrade(engine, backup.manifest.revision)
    with engine.begin() as connection:
        for name, table in backup.manifest.tables.items():
            _fill(connection, name, table, backup)
            progress(name, table.rows)
        wrong = _differences(connection, backup.manifest)
        if wrong:
            raise BrokenBackup(f"写入后核对不符，已撤销 / differs after writing, undone: {', '.join(wrong)}")
    migrate.upgrade(engine)
    with sessionmaker(engine)() as session:
        trail.acknowledge_restore(session, actor="system")
        session.commit()


def _fill(connection: sa.Connection, name: str, record: TableRecord, backup: Backup) -> None:
    rows: Iterator[dict[str, Any]] = (row_of(record.columns, one) for one in backup.lines(name))
    if record.parent:
        rows = _parents_first(rows, record)
    insert = sa.insert(light_table(name, record.columns))
    while some := list(itertools.islice(rows, INSERTED_AT_ONCE)):
        connection.execute(insert, some)


def _parents_first(rows: Iterator[dict[str, Any]], record: TableRecord) -> Iterator[dict[str, Any]]:
    waiting: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        waiting.setdefault(row[record.parent], []).append(row)
    ready = waiting.pop(None, [])
    while ready:
        row = ready.pop()
        yield row
        ready += waiting.pop(row[record.key[0]], [])
    if waiting:
        raise BrokenBackup("上级不存在或成环 / a parent is missing or its own descendant")


def _is_empty(engine: sa.Engine) -> bool:
    with _one_moment(engine) as connection:
        names = set(sa.inspect(connection).get_table_names()) - NOT_OURS
        return all(
            connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first() is None
            for name in names
        )


FUNCTIONS: Final = """
    SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema() AND NOT EXISTS
        (SELECT 1 FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
"""


def _drop_everything(engine: sa.Engine) -> None:
    """Every table there is, with its triggers; on PostgreSQL also the functions they call."""
    found = sa.MetaData()
    with engine.begin() as connection:
        found.reflect(connection)
        found.drop_all(connection)
        if engine.dialect.name == "postgresql":
            for name in connection.execute(sa.text(FUNCTIONS)).scalars().all():
                connection.execute(sa.text(f"DROP FUNCTION {name} CASCADE"))
