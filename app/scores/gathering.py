"""From responses to what group results are made of: the only place where people's scores are read for groups.

The scores are computed from the packed answers, all people at once, by the rules that gave each person the
scores stored beside the response.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from analysis.scoring import score_matrix
from app import security
from app.responses.models import Response
from app.responses.vectors import SKIPPED, item_order
from app.scores.columns import ScoreColumn
from app.scores.history import Marks
from app.settings import get_settings
from app.surveys.models import Survey
from app.surveys.service import instrument_of
from instruments import Instrument


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Everybody who answered in some unit: one row each, in no order that tells.

    values: shape (n, columns), NaN where there is no score; whole: shape (n, columns), whether every item of
    the score was answered; tags and idents: see `marks`.
    """

    idents: tuple[str, ...]
    units: tuple[uuid.UUID, ...]
    tags: Marks
    values: NDArray[np.float64]
    whole: NDArray[np.bool_]

    def versions(self, columns: Sequence[int], rows: Sequence[int] | None = None) -> Marks:
        """What these people answered in these scores, as a hash keyed by the response's own random id."""
        chosen = range(len(self.idents)) if rows is None else rows
        held = np.column_stack([self.values[:, columns], self.whole[:, columns]])
        return _numbers(
            [security.digest(self.idents[row].encode() + held[row].tobytes())[:8] for row in chosen]
        )


def population_of(session: Session, survey: Survey, columns: Sequence[ScoreColumn]) -> Population:
    """The people of a survey as it stands now."""
    instrument = instrument_of(survey)
    found = session.scalars(
        select(Response)
        .options(load_only(Response.id, Response.unit_id, Response.vector_sealed))
        .where(Response.survey_id == survey.id, Response.unit_id.is_not(None))
        .order_by(Response.id)
    ).all()
    items = item_order(instrument)
    packed = np.frombuffer(b"".join(response.vector for response in found), dtype=np.int8)
    matrix = _answers(instrument, items, packed.reshape(len(found), len(items)))
    scored = score_matrix(instrument, survey.form, items, matrix)
    answered = dict(zip(items, ~np.isnan(matrix.T), strict=True))
    nobody: NDArray[np.float64] = np.empty((len(found), 0))
    every = [np.all([answered[item] for item in sorted(column.items)], axis=0) for column in columns]
    return Population(
        idents=tuple(str(response.id) for response in found),
        units=tuple(response.unit_id for response in found if response.unit_id is not None),
        tags=tags_of(survey.id, [str(response.id) for response in found]),
        values=np.column_stack([nobody, *(scored[column.id] for column in columns)]),
        whole=np.column_stack([nobody, *every]).astype(bool),
    )


def _answers(instrument: Instrument, items: Sequence[str], packed: NDArray[np.int8]) -> NDArray[np.float64]:
    matrix = packed.astype(np.float64)
    matrix[packed == SKIPPED] = np.nan
    for column, item in enumerate(items):
        na_code = instrument.scale_of(item).na_code
        if na_code is not None:
            matrix[packed[:, column] == na_code, column] = np.nan
    return matrix


def tags_of(survey_id: uuid.UUID, idents: Sequence[str]) -> Marks:
    """Keyed hashes of response ids, of this survey's snapshots only."""
    key = get_settings().key()
    key = security.derive(key, "snapshot-members", str(survey_id))
    return _numbers([security.derive(key, "member", ident)[:8] for ident in idents])


def _numbers(marks: Sequence[bytes]) -> Marks:
    return np.frombuffer(b"".join(marks), dtype="<u8")
