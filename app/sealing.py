"""Are these the keys of this database? And: seal everything anew under the newest key.

A service started with another key directory, secret or suite could neither open what is there nor find
anybody's link; it refuses to start instead.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from app import security
from app.database import Base
from app.security import vault
from app.security.keys import MissingKey, ring
from app.security.sealed import Bound, sealed_columns
from app.settings import get_settings
from app.trail import service as trail

CHUNK: Final = 500
WORDS: Final = b"dandang"


class KeyCheck(Base):
    """One row: known words sealed, and a keyed hash under the master secret."""

    __tablename__ = "key_check"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    derived: Mapped[str] = mapped_column(String(64))


class WrongKeys(RuntimeError):
    """The keys at hand are not those of the database."""


def _derived() -> str:
    return security.derive(get_settings().key(), "key-check").hex()


def check_keys(sessions: sessionmaker[Session]) -> None:
    """Compare secret, suite and data keys with the database; the first start writes down what to compare.

    Raises WrongKeys with what to do.
    """
    with sessions.begin() as session:
        known = session.get(KeyCheck, 1)
        if known is None:
            session.add(KeyCheck(id=1, sealed=vault.seal("key_check.sealed", "1", WORDS), derived=_derived()))
            return
    directory = get_settings().keys
    if not hmac.compare_digest(known.derived, _derived()):
        raise WrongKeys(
            "DANDANG_SECRET 或 DANDANG_SUITE 与这个数据库不符：个人链接和回执码都会失效。请用原来的设置启动"
            " / DANDANG_SECRET or DANDANG_SUITE is not this database's; start with the original ones"
        )
    try:
        vault.unseal("key_check.sealed", "1", known.sealed)
    except (MissingKey, security.BrokenSeal) as error:
        raise WrongKeys(
            f"密钥目录 {directory} 不是这个数据库的：{error}。请恢复密钥备份，或改正 DANDANG_KEY_DIRECTORY"
            " / the key directory is not this database's; restore the backup of the keys"
        ) from error


def _bound_classes() -> list[type[Any]]:
    mapped = [mapper.class_ for mapper in Base.registry.mappers]
    return sorted((c for c in mapped if issubclass(c, Bound)), key=lambda c: c.__tablename__)


def reseal(sessions: sessionmaker[Session], progress: Callable[[str, int], None]) -> int:
    """Seal every value anew that another key than the active one sealed. Returns how many values.

    Committed in chunks: it may be interrupted and started again. progress: table, values so far.
    """
    total = 0
    for mapped in _bound_classes():
        for changed in _resealed(sessions, mapped):
            total += changed
            progress(mapped.__tablename__, total)
    with sessions.begin() as session:
        check = session.get(KeyCheck, 1)
        if check is not None:
            check.sealed = vault.seal("key_check.sealed", "1", WORDS)
        trail.append(
            session,
            actor="system",
            action="key.reseal",
            subject="keys",
            key=ring().active().number,
            values=total,
        )
    return total


def _resealed(sessions: sessionmaker[Session], mapped: type[Any]) -> Iterator[int]:
    keys = [getattr(mapped, name) for name in mapped.bound_to]
    active = ring().active().number
    last: tuple[Any, ...] | None = None
    while True:
        with sessions.begin() as session:
            query = select(mapped).order_by(*keys).limit(CHUNK).with_for_update()
            if last is not None:
                query = query.where(_after(keys, last))
            rows = list(session.scalars(query))
            if not rows:
                return
            yield sum(_reseal_row(row, active) for row in rows)
            last = tuple(getattr(rows[-1], name) for name in mapped.bound_to)


def _after(keys: list[Any], last: tuple[Any, ...]) -> Any:
    """Rows whose key comes after `last`, in the order of the key's columns."""
    first, *rest = keys
    if not rest:
        return first > last[0]
    return (first > last[0]) | ((first == last[0]) & _after(rest, last[1:]))


def _reseal_row(row: Any, active: int) -> int:
    changed = 0
    for name, column in sealed_columns(type(row)).items():
        sealed = getattr(row, column)
        if sealed and vault.key_number(sealed) != active:
            setattr(row, name, getattr(row, name))
            changed += 1
    return changed


def sealed_under(session: Session) -> dict[int, int]:
    """Key number → how many values it seals: what a key must not be destroyed for."""
    counts: dict[int, int] = {}
    for mapped in _bound_classes():
        for column in sealed_columns(mapped).values():
            attribute = getattr(mapped, column)
            for sealed in session.scalars(select(attribute).execution_options(yield_per=1000)):
                if sealed:
                    number = vault.key_number(sealed)
                    counts[number] = counts.get(number, 0) + 1
    check = session.get(KeyCheck, 1)
    if check is not None:
        number = vault.key_number(check.sealed)
        counts[number] = counts.get(number, 0) + 1
    return counts
