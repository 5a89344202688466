"""Where the points and bars of a profile figure lie; the drawing is the template's."""

from __future__ import annotations

from dataclasses import dataclass

from app.scores.columns import ScoreColumn
from app.scores.results import GroupRow

LEFT, WIDTH, RIGHT = 110.0, 300.0, 20.0
DIMENSION_ROW, INDICATOR_ROW, TOP, BOTTOM = 34.0, 26.0, 12.0, 30.0


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One score in the figure; x positions are None where nothing may be drawn, `words` says it then."""

    title: str
    minor: bool
    y: float
    point: float | None
    low: float | None
    high: float | None
    band_low: float | None
    band_high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A profile: rows, ticks of the axis (x, label), and the size of the drawing."""

    rows: tuple[FigureRow, ...]
    ticks: tuple[tuple[float, str], ...]
    width: float
    height: float
    bottom: float


def profile(
    row: GroupRow,
    columns: tuple[ScoreColumn, ...],
    reference: GroupRow | None,
    compared: frozenset[str] = frozenset(),
) -> Figure:
    """The profile of one group; behind the scores that may be compared lies the reference's interval."""
    low = min(column.lowest for column in columns)
    high = max(column.highest for column in columns)

    def _x(value: float | None) -> float | None:
        return None if value is None else round(LEFT + WIDTH * (value - low) / (high - low), 1)

    rows = []
    y = TOP
    for column in columns:
        minor = column.rank == "indicator"
        step = INDICATOR_ROW if minor else DIMENSION_ROW
        cell = row.cells[column.id]
        behind = reference.cells[column.id] if reference and column.id in compared else None
        band = behind if behind is not None and behind.kind == "value" else None
        words = {"withheld": "〔人数不足，未显示〕", "empty": "无人作答"}.get(cell.kind, "")
        if cell.kind == "band":
            words = f"作答一致，在 {cell.low:g}—{cell.high:g} 之间"
        rows.append(
            FigureRow(
                title=column.title,
                minor=minor,
                y=y + step / 2,
                point=_x(cell.mean),
                low=_x(cell.low) if cell.kind == "value" else None,
                high=_x(cell.high) if cell.kind == "value" else None,
                band_low=_x(band.low) if band else None,
                band_high=_x(band.high) if band else None,
                words=words,
            )
        )
        y += step
    ticks = tuple(
        (LEFT + WIDTH * (value - low) / (high - low), str(value)) for value in range(int(low), int(high) + 1)
    )
    return Figure(tuple(rows), ticks, LEFT + WIDTH + RIGHT, y + BOTTOM, y)


def sentence(row: GroupRow, columns: tuple[ScoreColumn, ...]) -> str:
    """The figure in words, one clause a dimension."""
    clauses = []
    for column in columns:
        cell = row.cells[column.id]
        if column.rank == "indicator":
            continue
        if cell.kind == "value":
            clause = f"{column.title} {cell.mean:.2f}（区间 {cell.low:.2f}—{cell.high:.2f}）"
        elif cell.kind == "mean":
            clause = f"{column.title}约 {cell.mean:.1f}"
        else:
            clause = f"{column.title}不显示"
        clauses.append(f"{clause}，{cell.comparison}" if cell.comparison else clause)
    return "；".join(clauses) + "。"
