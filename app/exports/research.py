"""The researcher's export: rows without a way back to a person, and a manifest whose digest is on the trail.

Rows are those of the newest snapshot that are still there unchanged; they are shuffled and get fresh random
names at each export. No unit, no time, no text beside them. Free text goes in a file of its own.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from app.accounts.models import Account
from app.database import now
from app.errors import Conflict, Invalid
from app.exports.alike import ALIKE, AlikeBackground, alike_background
from app.exports.cells import Value, csv_lines
from app.exports.programs import program_files
from app.responses.models import Response
from app.responses.service import AnswerMatrix, answer_matrix
from app.scores.service import EvidenceView, evidence_for
from app.scores.snapshots import Snapshot, newest, unchanged_since
from app.surveys.models import Survey
from app.surveys.retention import require_answers
from app.surveys.service import instrument_of, threshold_of
from app.trail import service as trail
from instruments import Instrument

FEWEST_TEXTS = 10
SHORTEST_REASON, LONGEST_REASON = 10, 500
HOW = {"asked": "原样 as asked", "merged": "已合并 merged", "dropped": "未提供 dropped"}
FILTER = "最近一次结果所用、此后未撤回也未改动的答卷 / responses of the newest snapshot, still unchanged"


@dataclass(frozen=True, slots=True)
class ResearchExport:
    """The files and what their manifest says."""

    files: dict[str, bytes]
    manifest: dict[str, Any]

    @property
    def body(self) -> bytes:
        """All of them in one zip file."""
        return zipped(self.files)


def research_export(
    session: Session, survey: Survey, account: Account, reason: str, *, programs: bool = False
) -> ResearchExport:
    """Make an export and put it on the trail with its reason.

    programs: with the files for other programs (.sav, codebook, syntax), made of the same rows.

    Raises Invalid without a reason, Conflict before results are released or with too few people.
    """
    stated = " ".join(reason.split())
    if not SHORTEST_REASON <= len(stated) <= LONGEST_REASON or not stated.isprintable():
        raise Invalid("请写明用途", f"用途须写 {SHORTEST_REASON}—{LONGEST_REASON} 个字，会记入审计记录。")
    require_answers(survey)
    snapshot = newest(session, survey) if survey.state == "closed" else None
    if snapshot is None:
        raise Conflict("结果尚未汇总", "测评结束、结果汇总之后才能导出。")
    answers, places = _kept(session, survey)
    if len(places) < ALIKE:
        raise Conflict(f"不足 {ALIKE} 份答卷", "人数太少，任何一行都可能认出本人，不能导出。")
    instrument = instrument_of(survey)
    background = alike_background([answers.background[p] for p in places], instrument.background)
    columns, rows = _rows(answers, places, background)
    files = {
        "rows.csv": b"".join(csv_lines([columns, *rows], bom=False)),
        "variables.csv": _variables_file(instrument, answers.items, background),
    }
    if programs:
        files |= program_files(
            instrument=survey.instrument_ref,
            columns=columns,
            rows=rows,
            title=survey.title,
            form=survey.form,
            simulated=survey.origin == "simulated",
            merged=[question for question, how in background.how.items() if how == "merged"],
            facts={"范围 / filter": FILTER, "次 / snapshot": str(snapshot.number)},
        )
    texts = _texts(session, survey, [answers.ids[p] for p in places])
    if texts:
        files["texts.csv"] = b"".join(csv_lines([["question", "text"], *texts], bom=True))
    manifest = _manifest(survey, snapshot, evidence_for(session, survey), background, files) | {
        "rows": len(places),
        "texts": len(texts),
        "reason": stated,
    }
    sealed = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    trail.append(
        session,
        actor=str(account.id),
        action="research.export",
        subject=f"survey:{survey.id}",
        reason=stated,
        rows=len(places),
        texts=len(texts),
        files=len(files),
        snapshot=snapshot.number,
        manifest=hashlib.sha256(sealed).hexdigest(),
    )
    return ResearchExport(files | {"manifest.json": sealed}, manifest)


def _kept(session: Session, survey: Survey) -> tuple[AnswerMatrix, list[int]]:
    """All answers, and in random order the places of those that may be exported."""
    answers = answer_matrix(session, survey.id, keep_not_known=True)
    same = unchanged_since(session, survey)
    places = [p for p, ident in enumerate(answers.ids) if answers.units[p] is None or str(ident) in same]
    secrets.SystemRandom().shuffle(places)
    return answers, places


def _rows(
    answers: AnswerMatrix, places: Sequence[int], background: AlikeBackground
) -> tuple[list[str], list[list[int | str | None]]]:
    """Names of the columns; one row a person: a fresh random name, background, answers (None: skipped)."""
    rows: list[list[int | str | None]] = []
    for place, told in zip(places, background.rows, strict=True):
        given = answers.matrix[place].tolist()
        values = [None if np.isnan(value) else int(value) for value in given]
        rows.append([secrets.token_hex(8), *told, *values])
    return ["row", *background.questions, *answers.items], rows


def _variables_file(instrument: Instrument, items: Sequence[str], background: AlikeBackground) -> bytes:
    words = instrument.words("zh-CN")
    lines: list[list[Value]] = [["variable", "meaning", "values", "how"]]
    lines.append(["row", "每次导出重新随机取名", "", "random"])
    for question in instrument.background:
        how = background.how[question.id]
        options = question.recode if how == "merged" else dict.fromkeys(question.options)
        lines.append([question.id, words.background[question.id].text, " ".join(options), HOW[how]])
    for item in items:
        scale = instrument.scale_of(item)
        values = f"{scale.min}–{scale.max}"
        if scale.na_code is not None:
            values += f" {scale.na_code}=不了解"
        lines.append([item, words.item(item), values, "as answered"])
    return b"".join(csv_lines(lines, bom=True))


def _texts(session: Session, survey: Survey, ids: Sequence[uuid.UUID]) -> list[list[Value]]:
    """Free text, shuffled question by question; none where superiors are rated, or fewer than ten wrote."""
    if survey.readers_answer:
        return []
    wanted = frozenset(ids)
    found: dict[str, list[str]] = {}
    for response in session.scalars(
        select(Response)
        .options(load_only(Response.id, Response.texts_sealed))
        .where(Response.survey_id == survey.id)
        .order_by(Response.id)
    ):
        if response.id in wanted:
            for question, text in response.texts.items():
                found.setdefault(question, []).append(text)
    told: list[list[Value]] = []
    for question, texts in sorted(found.items()):
        if len(texts) >= max(FEWEST_TEXTS, threshold_of(survey)):
            secrets.SystemRandom().shuffle(texts)
            told += [[question, text] for text in texts]
    return told


def _manifest(
    survey: Survey,
    snapshot: Snapshot,
    evidence: EvidenceView,
    background: AlikeBackground,
    files: dict[str, bytes],
) -> dict[str, Any]:
    return {
        "survey_id": str(survey.id),
        "survey": survey.title,
        "instrument": survey.instrument_ref,
        "instrument_fingerprint": survey.instrument_fingerprint,
        "scoring_version": instrument_of(survey).scoring.version,
        "form": survey.form,
        "language": survey.language,
        "mode": survey.mode,
        "origin": survey.origin,
        "simulated": survey.origin == "simulated",
        "filter": FILTER,
        "snapshot": snapshot.number,
        "snapshot_sha256": snapshot.digest,
        "alike_at_least": ALIKE,
        "smallest_class": background.smallest,
        "background": background.how,
        "background_suppressed_rows": background.suppressed,
        "evidence_state": evidence.state,
        "evidence_verdict": evidence.verdict,
        "evidence_reasons": list(evidence.mark().explanation),
        "engine_version": evidence.engine_version,
        "made_on": now().date().isoformat(),
        "sha256": {name: hashlib.sha256(body).hexdigest() for name, body in files.items()},
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """The files in one archive; no time of making but the day's in the manifest."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return target.getvalue()
