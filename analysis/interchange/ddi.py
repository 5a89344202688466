"""The codebook for machines: DDI Codebook 2.5 (ddi:codebook:2_5), study, file and variables.

Elements stand in the order that the schema asks for: in `var` location, labl, qstn, valrng, invalrng,
sumStat, catgry, concept, varFormat, notes.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET  # nosec B405 # writes only, reads nothing

from analysis.interchange.codebook import counts_of
from analysis.interchange.dataset import Dataset, Variable

NAMESPACE = "ddi:codebook:2_5"
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CODEBOOK_WORDS = "变量说明 / codebook"


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.SubElement(parent, tag, {k.rstrip("_"): _clean(v) for k, v in attributes.items()})
    if text is not None:
        made.text = _clean(text)
    return made


def _clean(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return _UNWRITABLE.sub("", text)


def ddi_codebook(dataset: Dataset) -> bytes:
    """The document, UTF-8. Raises nothing of the data: every text is written as text."""
    root = ET.Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5", "xml:lang": dataset.language})
    document = _add(_add(root, "docDscr"), "citation")
    _add(_add(document, "titlStmt"), "titl", f"{dataset.title}: {CODEBOOK_WORDS}")
    _study(root, dataset)
    _file(root, dataset)
    data = _add(root, "dataDscr")
    for number, variable in enumerate(dataset.variables, start=1):
        _variable(data, dataset, variable, number)
    ET.indent(root, " ")
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _study(root: ET.Element, dataset: Dataset) -> None:
    study = _add(root, "stdyDscr")
    title = _add(_add(study, "citation"), "titlStmt")
    _add(title, "titl", dataset.title)
    _add(title, "IDNo", dataset.instrument, agency="dandang")
    info = _add(study, "stdyInfo")
    if dataset.simulated:
        _add(info, "abstract", "模拟数据，非真实作答 / Simulated data, not real respondents")
    summary = _add(info, "sumDscr")
    _add(summary, "anlyUnit", "个人 / person")
    _add(summary, "dataKind", "问卷答案 / questionnaire answers")
    for key, value in dataset.facts.items():
        _add(info, "notes", f"{key}: {value}")


def _file(root: ET.Element, dataset: Dataset) -> None:
    text = _add(_add(root, "fileDscr", ID="F1"), "fileTxt")
    _add(text, "fileName", "rows.csv")
    size = _add(text, "dimensns")
    _add(size, "caseQnty", str(len(dataset.rows)))
    _add(size, "varQnty", str(len(dataset.variables)))
    _add(text, "fileType", "text/csv; charset=utf-8")


def _variable(data: ET.Element, dataset: Dataset, variable: Variable, number: int) -> None:
    made = _add(
        data, "var", ID=f"V{number}", name=variable.name, files="F1",
        intrvl="discrete", nature="ordinal" if variable.measure == "ordinal" else "nominal",
    )  # fmt: skip
    _add(made, "labl", variable.label)
    if variable.kind in {"item", "attention", "background"}:
        _add(_add(made, "qstn"), "qstnLit", variable.label)
    if variable.lowest is not None:
        _add(_add(made, "valrng"), "range", min=str(variable.lowest), max=str(variable.highest))
    if variable.missing:
        invalid = _add(made, "invalrng")
        for code in variable.missing:
            _add(invalid, "item", VALUE=str(code))
    counts = counts_of(dataset, variable)
    blank = sum(cell is None or cell == "" for cell in dataset.column(variable.name))
    lost = sum(one.n for one in counts if one.is_missing and one.code) + blank
    _add(made, "sumStat", str(len(dataset.rows) - lost), type="vald")
    _add(made, "sumStat", str(lost), type="invd")
    for one in counts:
        if one.code:
            category = _add(made, "catgry", missing="Y" if one.is_missing else "N")
            _add(category, "catValu", one.code)
            _add(category, "labl", one.label)
            _add(category, "catStat", str(one.n), type="freq")
    if variable.construct:
        _add(made, "concept", variable.construct)
    _add(made, "varFormat", type="numeric" if variable.is_number else "character")
    if variable.mirrored is not None:
        _add(made, "notes", f"反向题 / reversed: {variable.mirrored} − x")
