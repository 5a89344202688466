"""`dandang demo`: a store with simulated respondents, staff accounts, and three addresses to try.

The people are drawn from the instrument's own model with a fixed seed; every page and file says so.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import uuid
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.simulated import simulate_respondents
from app import jobs, migrate
from app.accounts import service as accounts
from app.accounts.models import Account
from app.cli.serve import run_together, web_command, worker_command
from app.database import engine_on, now, session_on
from app.responses.service import store_response
from app.scores.service import queue_evidence
from app.scores.snapshots import close_and_release
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.surveys.retention import USUAL
from app.units import service as units
from app.units.models import Unit

SEED = 20240501
INSTRUMENT = "dandang-jsjb/0.1.0"
OFFICE = "演示区委组织部"
CLOSED_TITLE = "2026年度接诉即办担当作为测评（模拟数据）"
OPEN_TITLE = "接诉即办担当作为试测（演示，可填写）"
LINKS_KEPT = 12
# code, name, parent, people in the closed survey, in the open one
TREE: tuple[tuple[str, str, str | None, int, int], ...] = (
    ("YS", "演示区", None, 0, 0),
    ("YS01", "区城市管理委", "YS", 46, 16),
    ("YS02", "区住房建设委", "YS", 52, 14),
    ("YS03", "东湖街道", "YS", 64, 12),
    ("YS0301", "东湖街道湖滨社区", "YS03", 18, 4),
    ("YS0302", "东湖街道柳岸社区", "YS03", 7, 3),
    ("YS04", "西山街道", "YS", 71, 18),
    ("YS0401", "西山街道松林社区", "YS04", 21, 6),
    ("YS05", "南苑街道", "YS", 66, 15),
    ("YS06", "北辰镇", "YS", 83, 20),
    ("YS0601", "北辰镇前村", "YS06", 12, 4),
    ("YS0602", "北辰镇后村", "YS06", 6, 2),
    ("YS07", "区信访办", "YS", 38, 11),
    ("YS08", "区政务服务局", "YS", 57, 15),
    ("YS09", "河西街道", "YS", 59, 14),
)


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """What the demo prints: where to go and how to sign in."""

    links: tuple[str, ...]
    accounts: tuple[tuple[str, str, str], ...]  # user name, password, what for


def _plant_units(session: Session) -> dict[str, Unit]:
    made: dict[str, Unit] = {}
    for code, name, parent, _closed, _open in TREE:
        made[code] = units.create_unit(session, code=code, name=name, parent=made[parent] if parent else None)
    return made


def _fill(
    session: Session, survey: Survey, planted: dict[str, Unit], sizes: dict[str, int], seed: int
) -> None:
    """Store simulated respondents as people of these units."""
    instrument = surveys.instrument_of(survey)
    sample = simulate_respondents(instrument, form=survey.form, units=sizes, seed=seed)
    day = dt.timedelta(days=1)
    for row, code in enumerate(sample.unit):
        person = units.add_person(
            session,
            planted[code],
            staff_number=f"{survey.id.hex[:4]}-{row + 1:04d}",
            name=f"模拟{row + 1:04d}",
        )
        surveys.invite(session, survey, [person])
        store_response(
            session,
            survey,
            response_id=uuid.uuid4(),
            answers=sample.answers[row],
            background=sample.background[row],
            page_ms=sample.page_ms[row],
            person_id=person.id,
            unit_id=planted[code].id,
            source_row=row + 1,
            submitted_at=now() - day * (1 + row % 9),
        )


def _make_survey(session: Session, title: str, planted: dict[str, Unit]) -> Survey:
    survey = surveys.create_survey(
        session,
        title=title,
        office=OFFICE,
        instrument_ref=INSTRUMENT,
        units=[planted["YS"].id],
        origin="simulated",
        closes_at=now() + dt.timedelta(days=30),
        keep_months=USUAL,
    )
    surveys.open_survey(session, survey, actor="system")
    return survey


def _make_accounts(session: Session, planted: dict[str, Unit]) -> tuple[tuple[str, str, str], ...]:
    wanted: tuple[tuple[str, str, str, list[uuid.UUID], str], ...] = (
        ("hr-demo", "演示区人事", "hr", [planted["YS"].id], "人事：全区 / HR, whole district"),
        ("hr-donghu", "东湖街道人事", "hr", [planted["YS03"].id], "人事：仅东湖街道 / HR, one sub-district"),
        ("research-demo", "研究人员", "researcher", [], "研究人员 / researcher"),
        ("admin-demo", "系统管理员", "admin", [], "系统管理员：建立账号 / makes accounts"),
        ("security-demo", "安全管理员", "security", [], "安全管理员：授权 / grants rights"),
        ("audit-demo", "审计管理员", "auditor", [], "审计管理员：查看审计记录 / reads the trail"),
    )
    made = []
    for username, name, role, roots, purpose in wanted:
        password = secrets.token_urlsafe(9)
        accounts.create_account(
            session, username=username, display_name=name, role=role, password=password, units=roots
        )
        made.append((username, password, purpose))
    return tuple(made)


def plant(session: Session) -> DemoAccess:
    """Units, people, two surveys and staff: one survey closed and full, one open with links to try."""
    planted = _plant_units(session)
    closed = _make_survey(session, CLOSED_TITLE, planted)
    _fill(session, closed, planted, {code: n for code, _, _, n, _ in TREE if n}, SEED)
    close_and_release(session, closed, actor="system")
    opened = _make_survey(session, OPEN_TITLE, planted)
    _fill(session, opened, planted, {code: n for code, _, _, _, n in TREE if n}, SEED + 1)
    waiting = [
        units.add_person(
            session, planted["YS03"], staff_number=f"demo-{k + 1:02d}", name=f"演示干部{k + 1:02d}"
        )
        for k in range(LINKS_KEPT)
    ]
    invitations = surveys.invite(session, opened, waiting)
    links = tuple(surveys.invitation_link(invitation) for invitation in invitations)
    return DemoAccess(links=links, accounts=_make_accounts(session, planted))


def _access_file(home: Path) -> Path:
    return home / "demo.json"


def prepare(home: Path) -> DemoAccess:
    """Migrate and, the first time, plant the demo; afterwards give back what was planted."""
    home.mkdir(parents=True, exist_ok=True)
    with engine_on(get_settings().database) as engine:
        migrate.upgrade(engine)
    jobs.prepare_store()
    path = _access_file(home)
    with session_on(get_settings().database) as session:
        if session.scalar(select(Account.id).limit(1)) is None:
            click.echo("正在生成模拟数据，约需 10 秒 / drawing simulated respondents ...")
            access = plant(session)
            session.commit()
            for survey in session.scalars(select(Survey).where(Survey.state == "closed")):
                queue_evidence(session, survey)
            body = {"links": access.links, "accounts": access.accounts}
            path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
            path.chmod(0o600)
            return access
    if not path.exists():
        raise click.ClickException(
            f"{home} 里已有非演示的数据，演示不会改动它；请另设 DANDANG_HOME / set another DANDANG_HOME"
        )
    body = json.loads(path.read_text(encoding="utf-8"))
    return DemoAccess(links=tuple(body["links"]), accounts=tuple(tuple(a) for a in body["accounts"]))


def announcement(access: DemoAccess) -> str:
    """What the terminal shows: three addresses and the sign-ins."""
    address = get_settings().address
    lines = [
        "",
        "Dandang 担当 —— 演示环境：数据为模拟，请勿填写真实信息 / demo, simulated respondents",
        "",
        f"  干部答题 / questionnaire   {address}/q/{access.links[0].rsplit('/', 1)[-1]}",
        f"  人事     / HR              {address}/hr",
        f"  研究人员 / researcher      {address}/research",
        "",
        "  登录 / sign-ins",
        *(f"    {name:<14} {password:<14} {purpose}" for name, password, purpose in access.accounts),
        "",
        f"  更多答题链接见 / more links: {_access_file(get_settings().home)}",
        "  停止 / stop: Ctrl+C",
        "",
    ]
    return "\n".join(lines)


@click.command("demo")
@click.option("--prepare-only", is_flag=True, help="只准备数据，不启动 / plant the data and stop")
def command(prepare_only: bool) -> None:
    """安装演示数据并启动网页与后台 / plant the demo and serve it. 数据在 DANDANG_HOME（默认 var/）。"""
    os.environ["DANDANG_ENVIRONMENT"] = "demo"
    get_settings.cache_clear()
    settings = get_settings()
    access = prepare(settings.home)
    click.echo(announcement(access))
    if not prepare_only:
        raise SystemExit(run_together([web_command(settings.host, settings.port), worker_command()]))
