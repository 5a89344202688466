"""Answers as packed bytes, and a whole survey as one matrix.

One signed byte an item, in the order of the instrument version: a survey of 100,000 is read without
parsing a single JSON document of answers.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from app.errors import NotFound
from app.responses.models import Response
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units.models import Unit
from instruments import Instrument

SKIPPED: Final = -128


class AnswerMatrix(NamedTuple):
    """A survey's responses, one row each, ordered by response id (random, so by nothing that tells).

    matrix: n × items as answered, float; NaN where skipped or (unless its code was asked for) answered with
    the not-applicable option.
    background: one dict a row; units: the unit's code, None for responses without a unit.
    """

    ids: tuple[uuid.UUID, ...]
    items: tuple[str, ...]
    matrix: NDArray[np.float64]
    background: tuple[dict[str, str], ...]
    units: tuple[str | None, ...]


def item_order(instrument: Instrument) -> tuple[str, ...]:
    """The items a vector holds: content items in file order, then attention items."""
    return (*instrument.items, *instrument.quality.attention)


def pack(instrument: Instrument, answers: Mapping[str, int]) -> bytes:
    """One byte an item; a skipped item is -128. Raises ValueError for an item the version lacks."""
    order = item_order(instrument)
    unknown = set(answers) - set(order)
    if unknown:
        raise ValueError(f"{instrument.ref} has no item {', '.join(sorted(unknown))}")
    return np.array([answers.get(item, SKIPPED) for item in order], dtype=np.int8).tobytes()


def unpack(instrument: Instrument, vector: bytes) -> dict[str, int]:
    """The answers a vector was packed from; skipped items are absent."""
    values = np.frombuffer(vector, dtype=np.int8)
    return {
        item: int(value)
        for item, value in zip(item_order(instrument), values, strict=True)
        if value != SKIPPED
    }


def answer_matrix(session: Session, survey_id: uuid.UUID, *, keep_not_known: bool = False) -> AnswerMatrix:
    """Every response of a survey, read from the packed vectors. Raises NotFound.

    keep_not_known: the not-applicable option stays as its code, for files that declare it missing.
    """
    survey = session.get(Survey, survey_id)
    if survey is None:
        raise NotFound
    instrument = surveys.instrument_of(survey)
    rows = session.execute(
        select(Response, Unit.code)
        .options(load_only(Response.vector_sealed, Response.background_sealed))
        .outerjoin(Unit, Unit.id == Response.unit_id)
        .where(Response.survey_id == survey_id)
        .order_by(Response.id)
    ).all()
    items = item_order(instrument)
    vectors = b"".join(response.vector for response, _ in rows)
    packed = np.frombuffer(vectors, dtype=np.int8).reshape(len(rows), len(items))
    matrix = packed.astype(np.float64)
    matrix[packed == SKIPPED] = np.nan
    for column, item in enumerate(items):
        na_code = instrument.scale_of(item).na_code
        if na_code is not None and not keep_not_known:
            matrix[packed[:, column] == na_code, column] = np.nan
    return AnswerMatrix(
        ids=tuple(response.id for response, _ in rows),
        items=items,
        matrix=matrix,
        background=tuple(response.background for response, _ in rows),
        units=tuple(code for _, code in rows),
    )
