"""Entries of the trail by action, actor and day, with words for what people read."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.errors import Invalid
from app.pages import local_time
from app.trail.models import TrailEntry

LOCAL = ZoneInfo("Asia/Shanghai")
HEADER = ("number", "time", "actor", "account", "action", "subject", "detail", "commitment", "digest")
HEADER_ZH = ("编号", "时间", "操作者", "账号", "操作", "对象", "详情", "承诺值", "摘要值")
BATCH = 500
ACTION_WORDS = {
    "account.sign_in": "登录",
    "account.sign_in_failed": "登录未成功",
    "account.sign_out": "退出登录",
    "account.create": "建立账号",
    "account.deactivate": "停用账号",
    "account.activate": "启用账号",
    "account.password": "修改或重发密码",
    "account.grant": "授权",
    "account.lock": "锁定账号",
    "account.unlock": "解除锁定",
    "account.second_factor_enrol": "绑定动态验证码",
    "account.second_factor_reset": "重置动态验证码",
    "survey.create": "新建测评",
    "survey.open": "开始测评",
    "survey.close": "结束测评",
    "survey.reopen": "重新开放测评",
    "survey.invite": "导入名单",
    "survey.uninvite": "撤回名单",
    "survey.mode": "更改测评方式",
    "survey.codes": "生成匿名作答码",
    "survey.expire": "到期删除答卷",
    "survey.scatter": "清除匿名答卷的先后次序",
    "campaign.split": "拆分保密测评密钥",
    "campaign.destroy": "销毁保密测评密钥",
    "score.release": "汇总并发布结果",
    "research.export": "导出研究数据",
    "report.read": "查看报告",
    "report.download": "下载报告",
    "report.compare": "并排两份报告",
    "file.upload": "上传自己的文件",
    "file.analyse": "分析自己的文件",
    "file.read": "查看自己文件的结果",
    "file.download": "下载自己文件的结果",
    "file.delete": "删除自己的文件",
    "file.expire": "到期删除文件",
    "key.rotate": "启用新数据密钥",
    "key.reseal": "重新加密",
    "key.retire": "销毁数据密钥",
    "backup.write": "备份",
    "score.read": "查看个人得分",
    "score.download": "下载得分",
    "score.export": "导出得分",
    "unit_scores.download": "下载单位汇总",
    "links.download": "下载个人链接",
    "response.import": "导入答卷",
    "response.withdraw": "撤回答卷",
    "report.request": "生成报告",
    "evidence.request": "计算证据",
    "trail.download": "下载审计记录",
    "trail.erase": "删除详情",
    "trail.restore": "恢复备份",
    "trail.chain": "记录改为加密衔接",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; "" asks for everything."""

    action: str = ""
    actor: str = ""
    day: str = ""

    def query(self) -> dict[str, str]:
        """The filter as parts of an address, without those that ask for everything."""
        given = {"action": self.action, "actor": self.actor, "day": self.day}
        return {name: value for name, value in given.items() if value}


def asked_for(
    action: Annotated[str, Query(max_length=64)] = "",
    actor: Annotated[str, Query(max_length=64)] = "",
    day: Annotated[str, Query(max_length=10)] = "",
) -> Filter:
    """The filter of an address."""
    return Filter(action.strip(), actor.strip(), day.strip())


FilterDep = Annotated[Filter, Depends(asked_for)]


def _conditions(session: Session, wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.action:
        found.append(TrailEntry.action == wanted.action)
    if wanted.actor:
        known = session.scalar(select(Account.id).where(Account.username == wanted.actor))
        found.append(TrailEntry.actor == (str(known) if known else wanted.actor))
    if wanted.day:
        try:
            start = dt.datetime.fromisoformat(wanted.day).replace(tzinfo=LOCAL)
            end = start + dt.timedelta(days=1)
        except (ValueError, OverflowError) as error:
            raise Invalid("日期的写法不对", "例如 2026-05-31。") from error
        found.append(TrailEntry.at.between(start, end - dt.timedelta(microseconds=1)))
    return found


def count(session: Session, wanted: Filter) -> int:
    """How many entries there are."""
    return (
        session.scalar(select(func.count()).select_from(TrailEntry).where(*_conditions(session, wanted))) or 0
    )


def newest(session: Session, wanted: Filter, *, offset: int, limit: int) -> list[TrailEntry]:
    """A page of entries, the latest first."""
    ordered = select(TrailEntry).where(*_conditions(session, wanted)).order_by(TrailEntry.number.desc())
    return list(session.scalars(ordered.offset(offset).limit(limit)))


def usernames(session: Session) -> dict[str, str]:
    """Account id as the trail writes it → user name."""
    rows = session.execute(select(Account.id, Account.username))
    return {str(number): name for number, name in rows}


def actions(session: Session) -> list[str]:
    """Every action there is, for the list to choose from."""
    return list(session.scalars(select(TrailEntry.action).distinct().order_by(TrailEntry.action)))


def subject_words(entry: TrailEntry, names: dict[str, str]) -> str:
    """What an entry is about; an account by its user name."""
    kind, _, rest = entry.subject.partition(":")
    return names.get(rest, entry.subject) if kind == "account" and _is_id(rest) else entry.subject


def _is_id(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def detail_text(entry: TrailEntry) -> str:
    """The detail on one line; that it was erased is said."""
    if entry.salt is None:
        return "（已删除）"
    return json.dumps(entry.detail, ensure_ascii=False, sort_keys=True) if entry.detail else ""


def rows(session: Session, wanted: Filter) -> Iterator[list[str | int]]:
    """Every entry asked for, the first first, as the cells of a file."""
    names, conditions, passed = usernames(session), _conditions(session, wanted), 0
    while True:
        later = select(TrailEntry).where(*conditions, TrailEntry.number > passed)
        batch = session.scalars(later.order_by(TrailEntry.number).limit(BATCH)).all()
        for entry in batch:
            moment = local_time(entry.at, "%Y-%m-%d %H:%M:%S")
            who = [entry.actor, names.get(entry.actor, ""), entry.action, entry.subject]
            yield [entry.number, moment, *who, detail_text(entry), entry.commitment, entry.digest]
        if len(batch) < BATCH:
            return
        passed = batch[-1].number
        session.expunge_all()
