"""Real respondents in: CSV, xlsx, .sav; every refused row named; nothing half-stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

import instruments
from analysis.scoring import score_answers
from app.errors import Conflict, DandangError, Invalid
from app.exports.imports import import_responses, read_answers
from app.exports.mapping import read_mapping
from app.responses.models import Response, ScoreRecord
from app.responses.service import answer_matrix, unpack
from app.surveys.models import Survey
from app.surveys.service import create_survey
from app.units.models import Unit
from app.units.service import create_unit

BFI = Path(__file__).parents[2] / "data" / "bfi"
REF = "ipip-bfi-25/1.0.0"
ITEMS = [f"{letter}{k}" for letter in "ACENO" for k in range(1, 6)]


@pytest.fixture
def unit(session: Session) -> Unit:
    return create_unit(session, code="U1", name="样本单位")


@pytest.fixture
def survey(session: Session, unit: Unit) -> Survey:
    return create_survey(
        session, title="bfi", office="导入", instrument_ref=REF, units=[unit.id], origin="imported"
    )


def _stored(session: Session) -> tuple[int, int]:
    return tuple(session.scalar(select(func.count()).select_from(t)) or 0 for t in (Response, ScoreRecord))


def _lines(*changes: dict[str, str], extra: tuple[str, ...] = ()) -> str:
    """A CSV of bfi items, all answered 3 except what a row changes."""
    columns = [*ITEMS, *extra]
    rows = [",".join(change.get(c, "3" if c in ITEMS else "") for c in columns) for change in changes]
    return "\n".join([",".join(columns), *rows]) + "\n"


def test_all_of_bfi_goes_in_with_few_statements(session: Session, survey: Survey, unit: Unit) -> None:
    statements: list[str] = []

    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", _note)
    report = import_responses(session, survey, BFI / "bfi.csv", mapping=BFI / "mapping.toml")
    event.remove(session.get_bind(), "before_cursor_execute", _note)
    assert len(statements) < 100, "rows go in together, not one by one"
    assert (report.stored, report.refused, report.problems) == (2800, 0, ())
    assert _stored(session) == (2800, 2800)
    frame = pd.read_csv(BFI / "bfi.csv")
    matrix = answer_matrix(session, survey.id)
    got = pd.DataFrame(matrix.matrix, columns=list(matrix.items)).sum().sort_index()
    expected = frame[ITEMS].rename(columns=str.lower).sum().sort_index()
    pd.testing.assert_series_equal(got, expected)
    assert int(np.isnan(matrix.matrix).sum()) == int(frame[ITEMS].isna().sum().sum())
    bands = pd.Series([b["age_band"] for b in matrix.background]).value_counts()
    assert bands["u20"] == int((frame["age"] < 20).sum())
    assert bands.sum() == 2800
    one = session.scalars(select(Response).where(Response.source_row == 2)).one()
    assert one.unit_id == unit.id
    instrument = instruments.load(REF)
    assert (
        unpack(instrument, one.vector)
        == one.answers
        == {c.lower(): int(v) for c, v in frame[ITEMS].iloc[0].dropna().items()}
    )
    record = session.get_one(ScoreRecord, (one.id, instrument.scoring.version))
    again = score_answers(instrument, one.form, one.answers)
    assert record.scores["agree"]["value"] == again["agree"].value


BAD = _lines(
    {},
    {"A1": "7"},
    {"A2": "2.5", "N5": "x"},
    {"C3": ""},
    {"gender": "9"},
    {"unit": "没有"},
    dict.fromkeys(ITEMS, "NA"),
    {"O5": "4.0", "unit": "U1", "gender": "2"},
    extra=("gender", "unit"),
)
FAULTS = [
    (3, "A1", "7"),
    (4, "A2", "2.5"),
    (4, "N5", "x"),
    (6, "gender", "9"),
    (8, "全部", ""),
    (7, "unit", "没有"),
]


def test_every_refused_row_is_named_and_nothing_is_stored(
    session: Session, survey: Survey, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(BAD, encoding="utf-8")
    report = import_responses(session, survey, path)
    assert [(p.row, p.column, p.value) for p in report.problems] == FAULTS
    assert (report.stored, report.refused) == (0, 5)
    assert _stored(session) == (0, 0)
    assert str(report.problems[0]).startswith("第 3 行，A1 列“7”：不是可选的代码")


def test_valid_rows_only_when_asked(session: Session, survey: Survey, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(BAD, encoding="gb18030")
    report = import_responses(session, survey, path, accept_valid=True)
    assert (report.stored, report.refused) == (3, 5)
    assert sorted(session.scalars(select(Response.source_row))) == [2, 5, 9]
    assert "c3" not in session.scalars(select(Response).where(Response.source_row == 5)).one().answers


def test_the_same_file_twice_is_refused_and_recognised_elsewhere(
    session: Session, survey: Survey, unit: Unit, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(_lines({}, {}), encoding="utf-8")
    assert import_responses(session, survey, path).stored == 2
    with pytest.raises(Conflict, match="已经有"):
        import_responses(session, survey, path)
    other = create_survey(
        session, title="again", office="x", instrument_ref=REF, units=[unit.id], origin="imported"
    )
    assert "已导入过" in import_responses(session, other, path).notes[0]
    assert _stored(session)[0] == 4


def test_a_survey_of_our_own_takes_no_imports(session: Session, unit: Unit, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(_lines({}), encoding="utf-8")
    own = create_survey(session, title="own", office="x", instrument_ref=REF, units=[unit.id])
    with pytest.raises(Conflict):
        import_responses(session, own, path)


def test_xlsx_reads_like_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(ITEMS)
    book.active.append([4] * 25)
    book.active.append([4.0] * 24 + [None])
    book.active.append([9] + [4] * 24)
    path = tmp_path / "a.xlsx"
    book.save(path)
    table = read_answers(path, instruments.load(REF))
    assert [len(row) for row in table.rows] == [25, 24]
    assert [(p.row, p.column, p.value) for p in table.problems] == [(4, "A1", "9")]
    assert table.numbers == [2, 3]


def test_sav_with_user_missing_values(tmp_path: Path) -> None:
    """8 is 不了解 in our instrument and an answer; 9 is what SPSS calls missing."""
    instrument = instruments.load("dandang-jsjb/0.1.0")
    items = instrument.forms[instrument.default_form].items
    with_na = next(i for i in items if instrument.scale_of(i).na_code == 8)
    frame = pd.DataFrame({item: [4.0, 4.0, np.nan] for item in items})
    frame.loc[0, with_na] = 8.0
    frame.loc[1, items[0]] = 9.0
    frame.loc[2, items[1]] = 2.0
    frame.loc[2, items[2]] = 6.0
    path = tmp_path / "a.sav"
    ranges = {items[0]: [9.0], with_na: [{"lo": 8.0, "hi": 9.0}]}
    pyreadstat.write_sav(frame, str(path), missing_ranges=ranges)
    table = read_answers(path, instrument)
    assert table.rows[0][with_na] == 8
    assert items[0] not in table.rows[1]
    assert len(table.rows[1]) == len(items) - 1
    assert [(p.row, p.column, p.value) for p in table.problems] == [(3, items[2], "6")]


@pytest.mark.parametrize("kind", ["toml", "csv"])
def test_a_mapping_names_columns_and_recodes_values(tmp_path: Path, kind: str) -> None:
    header = [f"Frage{k}" for k in range(25)]
    (tmp_path / "a.csv").write_text(
        ";".join([*header, "Alter", "sex"])
        + "\n"
        + ";".join(["3"] * 25 + ["41", "w"])
        + "\n"
        + ";".join(["3"] * 25 + ["", "?"])
        + "\n",
        encoding="utf-8",
    )
    ages = "..19=u20;20..29=20_29;30-39=30_39;40..=o40"
    if kind == "csv":
        rows = [f"{name},{item.lower()}," for name, item in zip(header, ITEMS, strict=True)]
        text = "\n".join(["column,item,recode", *rows, f"Alter,age_band,{ages}", "sex,gender,m=1;w=2"])
    else:
        rows = [f'{name} = "{item}"' for name, item in zip(header, ITEMS, strict=True)]
        pairs = ", ".join('"{}" = "{}"'.format(*pair.split("=")) for pair in ages.split(";"))
        text = "\n".join(
            [
                "[columns]",
                *rows,
                f'Alter = {{ item = "age_band", recode = {{ {pairs} }} }}',
                'sex = { item = "gender", recode = { m = "1", w = "2" } }',
            ]
        )
    mapping = tmp_path / f"m.{kind}"
    mapping.write_text(text, encoding="utf-8")
    table = read_answers(tmp_path / "a.csv", instruments.load(REF), mapping)
    assert table.background == [{"age_band": "o40", "gender": "2"}]
    assert set(table.rows[0]) == {item.lower() for item in ITEMS}
    assert [(p.row, p.column, p.value) for p in table.problems] == [(3, "sex", "?")]


def test_a_missing_item_column_is_said_and_strange_columns_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(_lines({}).replace("A1,", "A1x,"), encoding="utf-8")
    table = read_answers(path, instruments.load(REF))
    assert [(p.row, p.column) for p in table.problems] == [(0, "a1")]
    assert str(table.problems[0]).startswith("表头")
    assert table.ignored == ("A1x",)
    assert len(table.rows) == 1


@pytest.mark.parametrize(
    ("data", "mapping"),
    [
        ("x,y\n1,2\n", None),
        ("A1,a1\n1,2\n", None),
        (_lines({}), '[columns]\nA1 = "nothing"\n'),
        (_lines({}), '[columns]\nnowhere = "a1"\n'),
        (_lines({}), "not toml ["),
        (_lines({}), "[columns]\nA1 = 3\n"),
    ],
)
def test_files_and_mappings_that_do_not_fit_are_refused(
    tmp_path: Path, data: str, mapping: str | None
) -> None:
    (tmp_path / "a.csv").write_text(data, encoding="utf-8")
    chosen = None
    if mapping is not None:
        chosen = tmp_path / "m.toml"
        chosen.write_text(mapping, encoding="utf-8")
    with pytest.raises(DandangError):
        read_answers(tmp_path / "a.csv", instruments.load(REF), chosen)


def test_a_broken_sav_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    path.write_bytes(b"$FL2" + b"\0" * 300)
    with pytest.raises(Invalid):
        read_answers(path, instruments.load(REF))


def test_the_mapping_of_bfi_covers_every_age() -> None:
    _, recode = read_mapping(BFI / "mapping.toml")["age"]
    assert recode is not None
    assert [recode(str(age)) for age in (3, 19, 20, 29, 30, 39, 40, 86)] == [
        "u20",
        "u20",
        "20_29",
        "20_29",
        "30_39",
        "30_39",
        "o40",
        "o40",
    ]
