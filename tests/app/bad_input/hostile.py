"""Files that must be refused: what they are, and what the refusal has to say. Made here, nothing is kept."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from sqlalchemy import Engine, MetaData, func, select

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">'
ROSTER = ("工号", "姓名", "单位编码")
SHEET = "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Hostile:
    """A file, its name, and a pattern that the refusal must match."""

    name: str
    make: Callable[[], bytes]
    says: str

    @lru_cache(maxsize=100)  # noqa: B019 - the files are few and live as long as the module
    def data(self) -> bytes:
        return self.make()


def workbook(*rows: tuple[object, ...], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def repacked(part: str, content: bytes, *, padding: int = 0, rows: int = 1) -> bytes:
    """A good workbook with one part replaced; padding: random bytes, so that the ratio looks harmless."""
    good = workbook(ROSTER, *[(f"{k}", "某", "S1") for k in range(rows)])
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            if member != part:
                new.writestr(member, old.read(member))
        new.writestr(part, content)
        if padding:
            new.writestr("xl/media/image1.png", random.Random(1).randbytes(padding), zipfile.ZIP_STORED)
    return target.getvalue()


def inline(row: int, *texts: str) -> str:
    cells = "".join(
        f'<c r="{"ABC"[k]}{row}" t="inlineStr"><is><t>{text}</t></is></c>' for k, text in enumerate(texts)
    )
    return f'<row r="{row}">{cells}</row>'


def sheet(body: str, *, doctype: str = "", dimension: str = "A1:C9", after: str = "") -> bytes:
    head = HEAD.replace("<worksheet", f"{doctype}<worksheet")
    text = f'{head}<dimension ref="{dimension}"/><sheetData>{body}</sheetData>{after}</worksheet>'
    return text.encode()


TOP = inline(1, *ROSTER)
ENTITY = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {"abcdefghij"[k + 1]} "{"&" + "abcdefghij"[k] + ";"}{("&" + "abcdefghij"[k] + ";") * 9}">'
    for k in range(9)
)


def entities(kind: str) -> bytes:
    if kind == "laughs":
        return repacked(SHEET, sheet(TOP + inline(2, "&j;", "某", "S1"), doctype=ENTITY + "]>"))
    what = {
        "file": 'SYSTEM "file:///etc/passwd"',
        "network": 'SYSTEM "http://127.0.0.1:9/x"',
        "public": 'PUBLIC "x" "file:///etc/hostname"',
    }[kind]
    return repacked(
        SHEET, sheet(TOP + inline(2, "&x;", "某", "S1"), doctype=f"<!DOCTYPE w [<!ENTITY x {what}>]>")
    )


def parameter_entity() -> bytes:
    doctype = '<!DOCTYPE w [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>'
    return repacked(SHEET, sheet(TOP + inline(2, "1", "某", "S1"), doctype=doctype))


def shared(strings: bytes) -> bytes:
    """A workbook whose texts stand in a table of strings, with that table replaced."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.add_worksheet().write_row(0, 0, ROSTER)
    book.close()
    changed = io.BytesIO()
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.namelist():
            new.writestr(member, strings if member == "xl/sharedStrings.xml" else old.read(member))
    return changed.getvalue()


def strings_with_entities() -> bytes:
    return shared(f'<?xml version="1.0"?>{ENTITY}]><sst xmlns="{MAIN}"><si><t>&j;</t></si></sst>'.encode())


def entity_in(part: str) -> bytes:
    """An external entity in a part that is read with another parser than the sheets are."""
    with zipfile.ZipFile(io.BytesIO(workbook(ROSTER, ("1", "某", "S1")))) as old:
        content = old.read(part)
    doctype = b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    start = content.index(b"?>") + 2 if content.startswith(b"<?xml") else 0
    return repacked(part, content[:start] + doctype + content[start:])


def many(rows: int, row: str = '<row r="{k}"/>') -> bytes:
    return sheet(TOP + "".join(row.format(k=k) for k in range(2, rows + 2)), dimension="A1:XFD1048576")


def lying_size() -> bytes:
    """A bomb whose directory says that it unpacks to 100 bytes."""
    data = repacked(SHEET, b"\0" * 30_000_000)
    at = data.rindex(b"PK\x01\x02" + data[data.rindex(b"PK\x01\x02") + 4 :][:0])
    place = data.find(struct.pack("<I", 30_000_000), at)
    return data[:place] + struct.pack("<I", 100) + data[place + 4 :]


def nested() -> bytes:
    inner = zlib.compress(zlib.compress(b"\0" * 50_000_000))
    return repacked("xl/media/image1.bin", inner + b"\0" * 60_000_000)


def many_members() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(ROSTER))) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            new.writestr(member, old.read(member))
        for k in range(30_000):
            new.writestr(f"xl/media/{k}", b"")
    return target.getvalue()


def csv(*rows: tuple[str, ...], encoding: str = "utf-8") -> bytes:
    return "\r\n".join(",".join(row) for row in (ROSTER, *rows)).encode(encoding) + b"\r\n"


def sav() -> bytes:
    return b"$FL2@(#) SPSS DATA FILE" + random.Random(2).randbytes(4000)


YAML_BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b]\n"
YAML_PYTHON = b"!!python/object/apply:os.system ['true']\n"
DEEP = 200_000

HOSTILE: dict[str, Hostile] = {
    "entities": Hostile("x.xlsx", lambda: entities("laughs"), "不是有效的 xlsx"),
    "a file as entity": Hostile("x.xlsx", lambda: entities("file"), "不是有效的 xlsx"),
    "a host as entity": Hostile("x.xlsx", lambda: entities("network"), "不是有效的 xlsx"),
    "a public entity": Hostile("x.xlsx", lambda: entities("public"), "不是有效的 xlsx"),
    "a parameter entity": Hostile("x.xlsx", parameter_entity, "不是有效的 xlsx"),
    "entities in the strings": Hostile("x.xlsx", strings_with_entities, "不是有效的 xlsx"),
    "an entity in the workbook": Hostile("x.xlsx", lambda: entity_in("xl/workbook.xml"), "实体声明"),
    "an entity in the types": Hostile("x.xlsx", lambda: entity_in("[Content_Types].xml"), "实体声明"),
    "an entity in the styles": Hostile("x.xlsx", lambda: entity_in("xl/styles.xml"), "实体声明"),
    "a broken workbook part": Hostile(
        "x.xlsx", lambda: repacked("xl/workbook.xml", b"<a"), "不是有效的 xlsx"
    ),
    "empty styles": Hostile("x.xlsx", lambda: repacked("xl/styles.xml", b""), "不是有效的 xlsx"),
    "bytes as types": Hostile(
        "x.xlsx", lambda: repacked("[Content_Types].xml", b"\xff\xfe<"), "不是有效的 xlsx"
    ),
    "an undeclared entity": Hostile(
        "x.xlsx", lambda: repacked("xl/_rels/workbook.xml.rels", b"<a>&x;</a>"), "不是有效的 xlsx"
    ),
    "a bomb": Hostile("x.xlsx", lambda: repacked(SHEET, b"\0" * 30_000_000), "展开后过大"),
    "a bomb of 120 MB beside noise": Hostile(
        "x.xlsx", lambda: repacked(SHEET, b" " * 120_000_000, padding=9_000_000), "展开后过大"
    ),
    "a bomb that lies": Hostile("x.xlsx", lying_size, "过大|不是有效的 xlsx"),
    "a bomb in a bomb": Hostile("x.xlsx", nested, "展开后过大"),
    "30,000 members": Hostile("x.xlsx", many_members, "展开后过大"),
    "styles of 20 MB": Hostile(
        "x.xlsx", lambda: repacked("xl/styles.xml", b"<x/>" * 5_000_000, padding=500_000), "styles.xml 过大"
    ),
    "deep": Hostile(
        "x.xlsx",
        lambda: repacked(SHEET, sheet(TOP + "<a>" * DEEP + "</a>" * DEEP), padding=50_000),
        "名单里没有人|不是有效的 xlsx",
    ),
    "1e6 empty rows": Hostile("x.xlsx", lambda: repacked(SHEET, many(1_000_000), padding=200_000), "空行"),
    "1e6 styled empty rows": Hostile(
        "x.xlsx",
        lambda: repacked(SHEET, many(400_000, '<row r="{k}"><c r="A{k}" s="0"/></row>'), padding=200_000),
        "空行",
    ),
    "a row of 1e6 cells": Hostile(
        "x.xlsx",
        lambda: repacked(SHEET, sheet(TOP + '<row r="2">' + "<c/>" * 1_000_000 + "</row>"), padding=50_000),
        "超过 2000 列",
    ),
    "a cell far to the right": Hostile(
        "x.xlsx",
        lambda: repacked(SHEET, sheet(TOP + '<row r="2"><c r="XFD2"><v>1</v></c></row>')),
        "第 2 行超过 2000 列",
    ),
    "the same row twice": Hostile(
        "x.xlsx",
        lambda: repacked(SHEET, sheet(TOP + inline(2, "1", "某", "S1") + inline(2, "2", "某", "S1"))),
        "第 2 行在文件中重复",
    ),
    "merged cells": Hostile(
        "x.xlsx",
        lambda: workbook(ROSTER, ("M1", "某甲", "S1"), ("M2", "某乙", None), merge="C2:C3"),
        "3</td><td>单位编码</td><td>（空）</td><td>没有填写",
    ),
    "half a file": Hostile("x.xlsx", lambda: workbook(ROSTER, ("1", "某", "S1"))[:2000], "不是有效的 xlsx"),
    "an old xls": Hostile("x.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 900, "旧版 xls"),
    "an SPSS file": Hostile("x.sav", sav, "空字符|文字编码"),
    "YAML with aliases": Hostile("x.yaml", lambda: YAML_BOMB, "“工号”一列没有"),
    "YAML with python": Hostile("x.yml", lambda: YAML_PYTHON, "“工号”一列没有"),
    "a picture": Hostile(
        "x.csv", lambda: b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(900), "空字符|编码"
    ),
    "Big5": Hostile("x.csv", lambda: "工號,姓名,單位編碼\r\n1,某,S1\r\n".encode("big5"), "“工号”一列没有"),
    "Shift JIS": Hostile("x.csv", lambda: "番号,氏名,コード\r\n1,某,S1\r\n".encode("shift_jis"), "工号|编码"),
    "UTF-16 without a mark": Hostile("x.csv", lambda: csv(("1", "某", "S1"), encoding="utf-16-le"), "空字符"),
    "UTF-32": Hostile("x.csv", lambda: csv(("1", "某", "S1"), encoding="utf-32"), "空字符|编码"),
    "a torn UTF-8": Hostile("x.csv", lambda: csv(("1", "某某", "S1"))[:-9] + b"\xff\xff\xff", "编码|工号"),
    "a NUL": Hostile("x.csv", lambda: csv(("1", "某\0甲", "S1")), "空字符"),
    "1e6 empty lines": Hostile("x.csv", lambda: csv(("1", "某", "S1")) + b"\r\n" * 1_000_000, "空行"),
    "1e6 commas": Hostile("x.csv", lambda: csv() + b"," * 1_000_000 + b"x\r\n", "第 2 行比表头多"),
    "a field of 1 MB": Hostile("x.csv", lambda: csv(("1", "某" * 400_000, "S1")), "第 2 行"),
    "an open quote": Hostile("x.csv", lambda: csv(("1", '"' + "某\r\n" * 60_000, "S1")), "第 2 行"),
    "a code that is not there": Hostile(
        "x.csv",
        lambda: csv(("1", "某", "ZZ")),
        "2</td><td>单位编码</td><td>ZZ</td><td>没有这个单位编码",
    ),
    "a name too long": Hostile(
        "x.csv", lambda: csv(("1", "某" * 65, "S1")), "2</td><td>姓名</td><td>某{40}</td><td>超过 64 个字"
    ),
    "one number twice": Hostile(
        "x.csv",
        lambda: csv(("1", "某", "S1"), ("1", "甲", "S1")),
        "3</td><td>工号</td><td>1</td><td>与第 2 行重复",
    ),
    "100,000 wrong rows": Hostile(
        "x.csv", lambda: csv(*[(str(k), "某", "ZZ") for k in range(100_000)]), "至少 1000 处不能导入"
    ),
    "nothing": Hostile("x.csv", lambda: b"", "空的"),
    "a header only": Hostile("x.csv", csv, "名单里没有人"),
    "over 10 MB": Hostile("x.csv", lambda: csv() + b"1,x,S1\r\n" * 1_500_000, "内容过大|超过 10 MB"),
}

# what is refused before anybody asks what the table means
NO_TABLES = frozenset(list(HOSTILE)[: list(HOSTILE).index("deep")]) | {
    "1e6 empty rows",
    "1e6 styled empty rows",
    "a row of 1e6 cells",
    "a cell far to the right",
    "the same row twice",
    "half a file",
    "an old xls",
    "a NUL",
    "1e6 empty lines",
    "1e6 commas",
    "over 10 MB",
}

# YAML that does what data never does; given: a file that must not come into being
YAMLS: dict[str, Callable[[Path], bytes]] = {
    "a command": lambda made: f"a: !!python/object/apply:os.system ['touch {made}']\n".encode(),
    "an object": lambda _made: b"a: !!python/object:subprocess.Popen {}\n",
    "a name": lambda _made: b"a: !!python/name:os.system\n",
    "a tag": lambda _made: b"a: !owned 1\n",
    "an alias": lambda _made: b"a: &x 1\nb: *x\n",
    "aliases of aliases": lambda _made: YAML_BOMB,
    "a merge": lambda _made: b"a: &x {k: 1}\nb: {<<: *x}\n",
    "150,000 brackets": lambda _made: b"[" * 150_000,
    "90,000 braces": lambda _made: b"{a: " * 90_000,
    "a key twice": lambda _made: b"a: 1\na: 2\n",
    "over the limit": lambda _made: b"a: " + b"x" * 11_000_000 + b"\n",
    "no text": lambda _made: b"a: \xff\xfe\n",
}


def row_counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    found = MetaData()
    found.reflect(engine)
    with engine.connect().execution_options(reading=True) as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in found.tables.items()
        }
