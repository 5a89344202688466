"""Every claim of the shipped consent texts, and the test that proves it.

A sentence that is not listed here fails: whoever changes a consent text names its proof, or takes it out.
The English texts say the same, sentence by sentence; they are checked for the facts that matter most.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

import instruments
from app.responses.models import ConsentText, Draft, Response, ScoreRecord
from app.responses.modes import change_mode
from app.surveys.models import Survey
from app.surveys.service import close_survey
from tests.app.responses.conftest import Asked, Respondent

ROOT = Path(__file__).parents[3]
MODES = "tests/app/responses/test_modes.py"
CHANGES = "tests/app/responses/test_changes.py"
OWN = "tests/app/scores/test_own.py"
RESULTS = "tests/app/scores/test_results.py"
SNAPSHOTS = "tests/app/scores/test_snapshots.py"
VAULT = "tests/app/security/test_vault.py"
ROUTES = "tests/app/responses/test_routes.py"
CODES = "tests/app/surveys/test_codes.py"
WITHDRAWAL = "tests/app/responses/test_withdrawal.py"
DESK = "tests/app/surveys/test_desk.py"
SERVICE = "tests/app/responses/test_service.py"
A2 = "tests/promises/test_a2.py"
RETENTION = "tests/app/responses/test_retention.py"
SELF = "tests/app/responses/test_consent.py"

NO_CLAIM = "no claim on the software"

SHARES = f"{MODES}::test_after_closing_only_both_shares_withdraw_until_the_key_is_destroyed"
ANONYMOUS = f"{MODES}::test_an_anonymous_response_holds_the_codes_hash_and_the_unit_and_nothing_else"
LATER = f"{WITHDRAWAL}::test_an_identified_response_can_be_withdrawn_after_close_too"
COLUMNS = f"{SELF}::test_the_columns_of_a_response_are_those_the_texts_name"

# a piece of the sentence → the test (file::name) that proves it. The first piece found in a sentence counts.
CLAIMS: dict[str, str] = {
    # what the software does not decide
    "您好": NO_CLAIM,
    "本问卷想了解": NO_CLAIM,
    "作答没有对错之分": NO_CLAIM,
    "参加与否由您自己决定": f"{ROUTES}::test_missing_items_are_named_marked_and_may_be_skipped",
    "问卷处于试测阶段": NO_CLAIM,
    "结果不作为考核": NO_CLAIM,
    "用于研究和检验分析程序": NO_CLAIM,
    "答卷保存多久": f"{RETENTION}::test_people_read_the_term_before_they_agree",
    "请不要在文字题中": NO_CLAIM,
    # identified
    "本次为**实名**测评": f"{ROUTES}::test_a_person_answers_submits_and_reads_the_receipt",
    "答卷与您本人对应": f"{ROUTES}::test_a_person_answers_submits_and_reads_the_receipt",
    "先看自己的结果": f"{OWN}::test_hr_sees_a_persons_scores_only_after_the_person",
    "也能看到谁已提交": f"{DESK}::test_links_come_as_a_file_that_says_who_has_submitted",
    "您先用同一个链接看自己的": f"{OWN}::test_hr_sees_a_persons_scores_only_after_the_person",
    "逐题答案和文字题的内容不提供": f"{RESULTS}::test_persons_have_a_band_and_no_answers",
    "没有获得证据支持的得分": f"{OWN}::test_what_is_not_supported_is_not_shown_and_the_page_says_so",
    "您的答案、提交的时间": COLUMNS,
    "姓名、工号和答案加密保存": f"{VAULT}::test_no_word_of_names_and_answers_is_in_the_store",
    "任何时候都可以用同一个链接": LATER,
    "'**截止前**可以修改；**任何时候**": LATER,
    # results of groups
    "满**10人**": f"{RESULTS}::test_a_small_group_and_what_would_reveal_it_are_withheld",
    "满10人": f"{RESULTS}::test_a_small_group_and_what_would_reveal_it_are_withheld",
    # every mode
    "不记网络地址和设备信息": COLUMNS,
    "没有提交的答案不计入": f"{ROUTES}::test_after_close_everything_is_gone_but_the_receipt",
    "提交后会给您一个回执码": f"{ROUTES}::test_submitting_again_gives_the_same_receipt",
    # confidential
    "本次为**保密**测评": f"{MODES}::test_a_confidential_response_names_nobody_and_no_moment",
    "本次为保密测评": f"{MODES}::test_a_confidential_response_names_nobody_and_no_moment",
    "答卷以代号保存": f"{MODES}::test_a_confidential_response_names_nobody_and_no_moment",
    "人事部门看不到任何个人的得分和答案": f"{SELF}::test_hr_reaches_no_person_of_a_confidential_survey",
    "研究人员看到的答卷没有姓名和工号": f"{MODES}::test_a_confidential_response_names_nobody_and_no_moment",
    "您的答案、所在单位、提交的日期": COLUMNS,
    "提交之前，没有写完的答案与您的链接对应": (
        f"{MODES}::test_a_confidential_response_names_nobody_and_no_moment"
    ),
    "截止前可以用同一个链接查看、修改、撤回": f"{CHANGES}::test_answers_are_changed_in_place_until_closing",
    "截止后，密钥分成两份": SHARES,
    "截止后只能由两名密钥保管人": SHARES,
    # anonymous
    "本次为**匿名**测评": ANONYMOUS,
    "本次为匿名测评": ANONYMOUS,
    "截止时校验值也删除": f"{MODES}::test_closing_forgets_every_code_and_nobody_gets_in_again",
    "没有姓名、工号、作答时间": COLUMNS,
    "进度只按大致份数告知": f"{CODES}::test_counts_of_an_anonymous_survey_come_in_steps_and_name_nobody",
    "答卷不带姓名、工号、时间和网络地址": COLUMNS,
    "答案加密保存": f"{VAULT}::test_no_word_of_names_and_answers_is_in_the_store",
    "可能看出各份答卷到达的先后": f"{A2}::test_after_the_close_no_order_tells_who_came_when",
    "领到的作答码换成": f"{MODES}::test_an_anonymous_draft_has_no_time_and_goes_on_with_the_own_code",
    "凭个人码可以查看、修改或撤回": f"{CHANGES}::test_answers_are_changed_in_place_until_closing",
    "凭个人码可以修改或撤回": f"{MODES}::test_the_code_withdraws_until_closing_and_can_begin_again",
    "截止后分不出哪一份": f"{MODES}::test_closing_forgets_every_code_and_nobody_gets_in_again",
    "'**截止前**可以修改或撤回": f"{CHANGES}::test_answers_are_changed_in_place_until_closing",
}


def _sentences(words: instruments.Wording) -> list[tuple[str, str]]:
    found = []
    for mode, consent in words.consent.items():
        for piece in (*consent.points, *consent.full.splitlines()):
            found += [(mode, part) for part in re.split(r"(?<=。)", piece.strip()) if part]
    return found


def _proof(sentence: str) -> str | None:
    plain = sentence.replace("**", "")
    return next(
        (proof for piece, proof in CLAIMS.items() if piece.strip("'").replace("**", "") in plain), None
    )


SHIPPED = [instruments.load("dandang-jsjb/0.1.0"), instruments.load("ipip-bfi-25/1.0.0")]


@pytest.mark.parametrize("instrument", SHIPPED, ids=lambda one: one.id)
def test_every_sentence_of_a_consent_text_is_proved_by_a_test(instrument: instruments.Instrument) -> None:
    words = instrument.words("zh-CN")
    unlisted = [f"{mode}: {sentence}" for mode, sentence in _sentences(words) if _proof(sentence) is None]
    assert unlisted == []
    assert {consent.version for consent in words.consent.values()} <= {"2", "3"}


def test_the_proofs_exist_and_each_is_of_some_sentence() -> None:
    said = "".join(s for one in SHIPPED for _, s in _sentences(one.words("zh-CN"))).replace("**", "")
    for piece, proof in CLAIMS.items():
        assert piece.strip("'").replace("**", "") in said, f"no text says this any more: {piece}"
        if proof != NO_CLAIM:
            path, name = proof.split("::")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), proof


def test_a_new_promise_without_a_proof_is_noticed() -> None:
    assert _proof("您的答案三十天后自动销毁。") is None


def test_the_english_texts_state_the_same_facts() -> None:
    facts = {
        "identified": ("you see your own", "once you have seen", "10 people", "encrypted", "at any time"),
        "confidential": ("not anonymous", "pseudonym", "not the time", "encrypted", "split between two"),
        "anonymous": ("No name", "hash is deleted at the close", "order", "rough counts", "your own code"),
    }
    consent = SHIPPED[0].words("en").consent
    for mode, pieces in facts.items():
        for piece in pieces:
            assert piece in consent[mode].full, (mode, piece)


KEPT = {
    "identified": {"person_id", "unit_id", "submitted_at", "receipt_hash"},
    "confidential": {"pseudonym", "unit_id", "submitted_on", "receipt_hash"},
}
ALWAYS = {"id", "survey_id", "form", "language", "consent_mode", "consent_version", "consent_hash"}
SEALED = {"answers_sealed", "vector_sealed", "background_sealed", "texts_sealed", "page_ms_sealed"}


@pytest.mark.parametrize("mode", ["identified", "confidential"])
def test_the_columns_of_a_response_are_those_the_texts_name(
    mode: str, asked: Asked, respondent: Respondent, session: Session
) -> None:
    """Anonymous: `test_modes`, which lists what must be empty. No table has a column for an address."""
    change_mode(session, session.get_one(Survey, asked.survey.id), mode, actor="system")
    session.commit()
    respondent.finish()
    row = session.execute(text("SELECT * FROM response")).mappings().one()
    filled = {name for name, value in row.items() if value is not None and value != ""}
    assert filled - ALWAYS - SEALED == KEPT[mode]
    for table in (Response, Draft, ScoreRecord, ConsentText):
        assert not re.search(r"address|agent|\bip\b|device", " ".join(table.__table__.columns.keys()))


def test_what_was_shown_can_be_shown_again_word_for_word(respondent: Respondent, session: Session) -> None:
    respondent.finish()
    stored = session.scalars(select(Response)).one()
    kept = session.get_one(ConsentText, stored.consent_hash)
    text_shown = SHIPPED[0].words("zh-CN").consent["identified"]
    assert kept.shown.endswith(text_shown.full)
    assert (kept.mode, kept.version, kept.language) == ("identified", "3", "zh-CN")


def test_hr_reaches_no_person_of_a_confidential_survey(
    client: TestClient, asked: Asked, respondent: Respondent, session: Session, sign_in: Any
) -> None:
    survey = session.get_one(Survey, asked.survey.id)
    change_mode(session, survey, "confidential", actor="system")
    session.commit()
    respondent.finish()
    sign_in("hr", units=[asked.invitations[0].unit_id])
    links = client.get(f"/hr/surveys/{survey.id}/links.csv").text
    assert (links.count("已提交"), links.count("未提交")) == (1, 1)  # who to remind, as the text says
    close_survey(session, survey, actor="system")
    session.commit()
    for address in ("people", "scores.csv"):
        assert client.get(f"/hr/surveys/{survey.id}/{address}").status_code == 403
    assert respondent.post("/results").status_code == 404


def test_responses_are_deleted_by_withdrawal_and_at_their_term_only() -> None:
    """In one place; all of a survey at once only where the term is over."""
    deleting = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "app").rglob("*.py")
        if re.search(r"delete\((?:Stored)?Response\)|delete\(response\)", path.read_text(encoding="utf-8"))
    ]
    assert deleting == ["app/responses/deletion.py"]
    calling = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "app").rglob("*.py")
        if "deletion.delete_all(" in path.read_text(encoding="utf-8")
    ]
    assert calling == ["app/scores/expiry.py"]
