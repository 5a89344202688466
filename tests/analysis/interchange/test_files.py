"""What other programs read back is what was written: values, labels, measure, missing codes."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pyreadstat
import pytest

from analysis.interchange import FORMATS, Choices, Dataset, bundle, dataset_of, one_file
from analysis.interchange.mplus_syntax import short_names
from analysis.interchange.spss_file import LABEL_BYTES, VALUE_LABEL_BYTES, clipped
from analysis.sem.parameter_table import TableOptions, build_table
from analysis.sem.syntax import parse
from instruments import Instrument

DDI = "{ddi:codebook:2_5}"
# the sequence of each element's children in the schema of DDI Codebook 2.5
ORDER = {
    "codeBook": ["docDscr", "stdyDscr", "fileDscr", "dataDscr", "otherMat"],
    "stdyDscr": ["citation", "studyAuthorization", "stdyInfo", "studyDevelopment", "method", "dataAccs"],
    "stdyInfo": ["studyBudget", "subject", "abstract", "sumDscr", "qualityStatement", "notes"],
    "sumDscr": ["timePrd", "collDate", "nation", "geogCover", "geogUnit", "geoBndBox", "boundPoly",
                "anlyUnit", "universe", "dataKind"],
    "fileTxt": ["fileName", "fileCitation", "dataFingerprint", "fileCont", "fileStrc", "dimensns",
                "fileType"],
    "dimensns": ["caseQnty", "varQnty"],
    "var": ["location", "labl", "imputation", "security", "embargo", "respUnit", "anlysUnit", "qstn",
            "valrng", "invalrng", "undocCod", "universe", "TotlResp", "sumStat", "txt", "stdCatgry",
            "catgryGrp", "catgry", "codInstr", "verStmt", "concept", "derivation", "varFormat",
            "geoMap", "catLevel", "notes"],
    "catgry": ["catValu", "labl", "txt", "catStat", "mrow"],
}  # fmt: skip


@pytest.fixture(scope="module")
def files(duty: Instrument, duty_data: Dataset) -> dict[str, bytes]:
    return bundle(duty, duty_data, Choices())


def cells_of(dataset: Dataset, name: str) -> list[Any]:
    return [np.nan if cell is None else cell for cell in dataset.column(name)]


def test_the_sav_file_reads_back_with_labels_measure_and_missing_codes(
    files: dict[str, bytes], duty_data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "rows.sav"
    path.write_bytes(files["rows.sav"])
    data, meta = pyreadstat.read_sav(path, user_missing=True)
    hidden, _ = pyreadstat.read_sav(path, user_missing=False)
    not_known = 0
    for variable in duty_data.variables:
        name = variable.name
        assert meta.column_names_to_labels[name] == variable.label
        assert meta.variable_measure[name] == variable.measure
        if variable.is_number:
            np.testing.assert_array_equal(data[name], np.array(cells_of(duty_data, name), dtype=float))
            assert {int(k): v for k, v in meta.variable_value_labels[name].items()} == {
                int(k): v for k, v in variable.values.items()
            }
        else:
            assert list(data[name]) == ["" if c is None else c for c in duty_data.column(name)]
        if variable.missing:
            assert meta.missing_ranges[name] == [{"lo": 8.0, "hi": 8.0}]
            not_known += int((data[name] == 8).sum())
            assert not (hidden[name] == 8).any()
        else:
            assert name not in meta.missing_ranges
    assert not_known > 0
    assert meta.file_label == duty_data.title


def test_csv_holds_the_answers_as_given(files: dict[str, bytes], duty_data: Dataset) -> None:
    header, *rows = csv.reader(io.StringIO(files["rows.csv"].decode()))
    assert header == [variable.name for variable in duty_data.variables]
    assert rows == [["" if c is None else str(c) for c in row] for row in duty_data.rows]


def out_of_order(element: ET.Element) -> list[str]:
    """Elements whose children are not in the schema's sequence, or not in it at all."""
    tag = element.tag.removeprefix(DDI)
    faults = [fault for child in element for fault in out_of_order(child)]
    if tag in ORDER:
        children = [child.tag.removeprefix(DDI) for child in element]
        places = [ORDER[tag].index(name) if name in ORDER[tag] else -1 for name in children]
        if places != sorted(places) or -1 in places:
            faults.append(f"{tag}: {children}")
    return faults


def test_ddi_has_the_schemas_sequence_and_every_column(files: dict[str, bytes], duty_data: Dataset) -> None:
    root = ET.fromstring(files["codebook.xml"])
    assert root.tag == f"{DDI}codeBook"
    assert out_of_order(root) == []
    found = root.findall(f"{DDI}dataDscr/{DDI}var")
    assert [one.get("name") for one in found] == [v.name for v in duty_data.variables]
    item = next(one for one in found if one.get("name") == "j_xj1")
    missing = [c.findtext(f"{DDI}catValu") for c in item.iter(f"{DDI}catgry") if c.get("missing") == "Y"]
    assert missing == ["8"]
    counted = sum(int(c.findtext(f"{DDI}catStat") or 0) for c in item.iter(f"{DDI}catgry"))
    assert counted == sum(cell is not None for cell in duty_data.column("j_xj1"))
    assert root.findtext(f"{DDI}stdyDscr/{DDI}citation/{DDI}titlStmt/{DDI}titl") == duty_data.title


def test_the_control_an_element_in_the_wrong_place_is_found(files: dict[str, bytes]) -> None:
    root = ET.fromstring(files["codebook.xml"])
    variable = next(root.iter(f"{DDI}var"))
    first = variable[0]
    variable.remove(first)
    variable.append(first)
    assert out_of_order(root) != []


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_codebook_is_one_page_without_script_that_says_what_is_simulated(
    files: dict[str, bytes], duty_data: Dataset
) -> None:
    reader = _Reader()
    reader.feed(files["codebook.html"].decode())
    assert reader.links == []
    assert not {"script", "img", "link", "b"} & set(reader.tags)
    assert "模拟数据，非真实作答" in reader.text
    assert duty_data.title in reader.text
    for variable in duty_data.variables:
        assert variable.label in reader.text


def test_spss_syntax_names_every_label_and_keys_what_is_reversed(
    files: dict[str, bytes], duty: Instrument, duty_data: Dataset
) -> None:
    text = files["spss.sps"].decode("utf-8-sig")
    for variable in duty_data.variables:
        assert f"VARIABLE LABELS {variable.name} '" in text
        assert f"VARIABLE LEVEL {variable.name} ({variable.measure.upper()})." in text
    assert "MISSING VALUES j_xj1 (8)." in text
    assert "COMPUTE j_zc4_r = 6 - j_zc4." in text
    assert text.count("RELIABILITY\n") == len(duty.scoring.scores)
    scales = re.findall(r"/VARIABLES[= ](.*?)\n  /", text, flags=re.S)
    reversed_items = {v.name for v in duty_data.items() if v.mirrored is not None}
    assert reversed_items
    assert all(not reversed_items & set(scale.split()) for scale in scales)
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "一行 两行" in text


def free_in(text: str) -> int:
    """Free parameters of a model written for Mplus, the means that it adds left out."""
    body = text.partition("MODEL:\n")[2].partition("OUTPUT:")[0]
    labels = [found[1] for found in re.finditer(r"\* \((\w+)\);", body)]
    return len(re.findall(r"\*;", body)) + len(set(labels))


def test_mplus_frees_as_many_parameters_as_we_do(files: dict[str, bytes], duty: Instrument) -> None:
    for model in duty.models:
        text = files[f"mplus/{model.id}.inp"].decode()
        options = TableOptions(std_lv=model.std_lv, orthogonal=model.orthogonal)
        assert free_in(text) == build_table(parse(model.syntax), options).n_theta, model.id
        assert all(len(line) <= 90 for line in text.splitlines())
        assert "j_zc4 = 6 - j_zc4;" in text
    data = files["mplus/mplus.dat"].decode().splitlines()
    assert {len(line.split()) for line in data} == {len(duty.items)}
    assert any("-99" in line for line in data)


def test_the_control_a_freed_parameter_more_is_counted(files: dict[str, bytes]) -> None:
    text = files["mplus/a5.inp"].decode()
    assert free_in(text.replace("j_zc1@1;", "j_zc1*;", 1)) == free_in(text) + 1


def test_names_for_mplus_stay_different() -> None:
    names = [f"indicator_{k}" for k in range(120)]
    made = short_names([*names, "INDICATO"])
    assert len({short.upper() for short in made.values()}) == 121
    assert max(map(len, made.values())) == 8


@pytest.mark.parametrize("limit", [VALUE_LABEL_BYTES, LABEL_BYTES])
def test_a_label_is_cut_between_characters(limit: int) -> None:
    cut = clipped("担" * 200, limit)
    assert len(cut.encode()) <= limit
    assert cut.endswith("担…")
    assert clipped("短", limit) == "短"


def test_a_column_that_is_none_of_the_instruments_is_refused(duty: Instrument) -> None:
    with pytest.raises(ValueError, match="salary"):
        dataset_of(duty, ["salary"], [[1]], title="x", form="full")


def test_the_command_beside_the_web_process_makes_the_same_files(
    duty: Instrument, duty_data: Dataset, files: dict[str, bytes]
) -> None:
    asked = {
        "instrument": duty.ref,
        "columns": [variable.name for variable in duty_data.variables],
        "rows": duty_data.rows,
        "title": duty_data.title,
        "form": duty_data.form,
        "simulated": True,
        "merged": [],
        "facts": duty_data.facts,
        "choices": {"missing": "listwise"},
        "format": "bundle",
    }
    done = subprocess.run(
        [sys.executable, "-m", "analysis.interchange"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=True,
    )
    archive = zipfile.ZipFile(io.BytesIO(done.stdout))
    assert set(archive.namelist()) == set(files)
    for name, body in files.items():
        if name != "rows.sav":  # it holds the time of its making
            assert archive.read(name) == body


def test_each_format_has_a_name_and_a_body(duty: Instrument, duty_data: Dataset) -> None:
    made = {wanted: one_file(duty, duty_data, Choices(missing="fiml"), wanted) for wanted in FORMATS[1:6]}
    assert [name for name, _ in made.values()] == [
        "rows.csv", "codebook.html", "codebook.xml", "lavaan.R", "mplus.zip",
    ]  # fmt: skip
    assert 'missing <- "fiml"' in made["lavaan"][1].decode()
