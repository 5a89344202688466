"""Instruments on a page and as JSON, for any signed-in member of staff."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.accounts.rights import CurrentAccount
from app.catalogue import service
from app.pages import page

router = APIRouter(tags=["catalogue"])
Language = Annotated[Literal["zh-CN", "en"], Query()]


@router.get("/instruments")
def instrument_list(request: Request, account: CurrentAccount) -> Response:
    """Every published version, with its status said."""
    return page(
        request,
        "catalogue/list.html",
        instruments=[service.summary(one, "zh-CN") for one in service.published_instruments()],
        status_words=service.STATUS_WORDS,
    )


@router.get("/instruments/{identifier}/{version}")
def instrument_page(
    request: Request, account: CurrentAccount, identifier: str, version: str, lang: Language = "zh-CN"
) -> Response:
    """One version: constructs, items with their sources, forms, scoring, evidence rules, models."""
    instrument = service.find_instrument(identifier, version)
    return page(
        request,
        "catalogue/show.html",
        instrument=instrument,
        words=instrument.words(lang),
        shown=lang,
        rules=service.rules_in_words(instrument.evidence),
        status_words=service.STATUS_WORDS,
        level_words=service.LEVEL_WORDS,
        method_words=service.METHOD_WORDS,
        role_words=service.ROLE_WORDS,
    )


@router.get("/api/instruments")
def instrument_list_json(account: CurrentAccount, lang: Language = "zh-CN") -> list[dict[str, Any]]:
    """Every published version in short."""
    return [service.summary(one, lang) for one in service.published_instruments()]


@router.get("/api/instruments/{identifier}")
def instrument_json(account: CurrentAccount, identifier: str, lang: Language = "zh-CN") -> dict[str, Any]:
    """The newest published version of an instrument, whole."""
    return service.document(service.find_instrument(identifier), lang)


@router.get("/api/instruments/{identifier}/{version}")
def instrument_version_json(
    account: CurrentAccount, identifier: str, version: str, lang: Language = "zh-CN"
) -> dict[str, Any]:
    """One published version of an instrument, whole."""
    return service.document(service.find_instrument(identifier, version), lang)
