"""Walk the whole trail and name the first entry that is not as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.trail import chain, witness
from app.trail.models import TrailEntry

ERASE: Final = "trail.erase"
BATCH: Final = 500
UNREADABLE: Final = (ValueError, TypeError, LookupError, SQLAlchemyError)
Reason = Literal[
    "",
    "number",
    "unreadable",
    "previous",
    "digest",
    "detail",
    "erased",
    "returned",
    "cut",
    "replaced",
    "no_witness",
    "broken_witness",
]
REASONS: Final[dict[str, str]] = {
    "": "完整",
    "number": "缺少这一条，或编号被改动",
    "unreadable": "这一条的内容无法读取",
    "previous": "与前一条不相衔接",
    "digest": "这一条被改动，或不是由本系统写入",
    "detail": "这一条的详情被改动",
    "erased": "这一条的详情被删去，没有删除记录",
    "returned": "这一条的详情已登记删除，却又出现",
    "cut": "从这一条起的记录被删去，或整个数据库换成了较早的副本",
    "replaced": "这一条与见证文件不符，记录曾被整体替换",
    "no_witness": "没有见证文件，无法判断末尾是否被删",
    "broken_witness": "见证文件被改动或不属于本系统",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Outcome of a walk. `first_bad`: number of the first entry that fails; None where no entry is at fault.

    entries: how many are whole from the start; head: digest of the last of them; witnessed: the number the
    witness had seen.
    """

    entries: int
    head: str
    first_bad: int | None = None
    reason: Reason = ""
    witnessed: int | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing was found."""
        return self.reason == ""

    @property
    def words(self) -> str:
        """The reason in words."""
        return REASONS[self.reason]


def verify(session: Session) -> Verification:
    """Walk the trail under the installation's key and against its witness.

    The witness is read first, so that an entry committed meanwhile is not taken for a lost one: give a
    session that has not read anything yet.
    """
    try:
        seen = witness.read()
    except witness.BrokenWitness:
        seen = None
        broken = True
    else:
        broken = False
    found = walk(session, key=chain.trail_key(), seen=seen)
    if found.whole and broken:
        return _with(found, "broken_witness")
    if found.whole and seen is None and found.entries:
        return _with(found, "no_witness")
    return found


def walk(session: Session, *, key: bytes, seen: witness.Head | None) -> Verification:
    """Walk the trail under this key, against what the witness has seen (None: without one)."""
    witnessed = seen.number if seen else None
    erased = _erased(session)
    previous, expected, unexplained = chain.GENESIS, 1, 0

    def _bad(reason: Reason, at: int) -> Verification:
        return Verification(entries=at - 1, head=previous, first_bad=at, reason=reason, witnessed=witnessed)

    for entry in _entries(session):
        reason = _fault(entry, key=key, previous=previous, expected=expected, erased=erased)
        if not reason and seen is not None and seen.number == expected and seen.digest != entry.digest:
            reason = "replaced"
        if reason == "erased":
            # the entry that says so comes later: should one be missing there, that is the fault
            unexplained, reason = unexplained or expected, ""
        if reason:
            return _bad(reason, expected)
        previous, expected = entry.digest, expected + 1
    if seen is not None and seen.number >= expected:
        return _bad("cut", expected)
    if unexplained:
        return _bad("erased", unexplained)
    return Verification(entries=expected - 1, head=previous, witnessed=witnessed)


def _with(found: Verification, reason: Reason) -> Verification:
    return Verification(entries=found.entries, head=found.head, reason=reason, witnessed=found.witnessed)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """An entry whose stored form no longer is a moment, a JSON value or a text."""

    number: int
    digest: str = ""


def _entries(session: Session) -> Iterator[TrailEntry | _Unreadable]:
    """Every entry in order of number, a batch at a time; one that cannot be read is given as such."""
    later = select(TrailEntry.number).order_by(TrailEntry.number).limit(BATCH)
    numbers = session.scalars(later).all()
    while numbers:
        try:
            batch = _ordered().where(TrailEntry.number.between(numbers[0], numbers[-1]))
            yield from session.scalars(batch).all()
        except UNREADABLE:
            yield from (_one(session, number) for number in numbers)
        numbers = session.scalars(later.where(TrailEntry.number > numbers[-1])).all()


def _ordered() -> Select[TrailEntry]:
    # populate_existing: what the store holds, never what this session still remembers
    return select(TrailEntry).order_by(TrailEntry.number).execution_options(populate_existing=True)


def _one(session: Session, number: int) -> TrailEntry | _Unreadable:
    try:
        return session.scalars(_ordered().where(TrailEntry.number == number)).one()
    except UNREADABLE:
        return _Unreadable(number)


def _erased(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(TrailEntry.subject).where(TrailEntry.action == ERASE)))


def _fault(
    entry: TrailEntry | _Unreadable, *, key: bytes, previous: str, expected: int, erased: frozenset[str]
) -> Reason:
    """What is wrong with one entry; "" when nothing is."""
    if entry.number != expected:
        return "number"
    if isinstance(entry, _Unreadable):
        return "unreadable"
    if not chain.same(entry.previous, previous):
        return "previous"
    texts = (entry.actor, entry.action, entry.subject, entry.commitment)
    if not all(isinstance(text, str) for text in texts):
        return "unreadable"
    right = chain.digest(
        key,
        previous=previous,
        number=entry.number,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        committed=entry.commitment,
    )
    if not chain.same(entry.digest, right):
        return "digest"
    return _fault_of_detail(entry, is_erased=f"trail:{entry.number}" in erased)


def _fault_of_detail(entry: TrailEntry, *, is_erased: bool) -> Reason:
    if is_erased:
        return "" if entry.salt is None and entry.detail == {} else "returned"
    if entry.salt is None:
        return "erased"
    if not isinstance(entry.salt, str) or not chain.same(
        entry.commitment, chain.commitment(entry.salt, entry.detail)
    ):
        return "detail"
    return ""
