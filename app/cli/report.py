"""`dandang report`: the psychometric report of a file, by the same two calls as on the page."""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path
from typing import Literal

import click
import pandas as pd

import instruments
from analysis.companions import ROLES, Companion, companion_from
from analysis.evidence import evidence_of
from analysis.render import write_report
from analysis.render.files import Printed
from analysis.report import ReportSource, build_report
from analysis.report.steps import Depth
from app.errors import DandangError
from app.exports.companions import companion_columns, name_column
from app.exports.frames import frame_of
from app.exports.imports import AnswerTable, read_answers
from app.reports.running import engine_version
from instruments import Instrument

SHOWN_PROBLEMS = 20


def _say_problems(table: AnswerTable) -> None:
    for problem in table.problems[:SHOWN_PROBLEMS]:
        click.echo(str(problem), err=True)
    if len(table.problems) > SHOWN_PROBLEMS:
        click.echo(f"……共 {len(table.problems)} 处 / {len(table.problems)} in all", err=True)


def _with_companions(
    frame: pd.DataFrame, path: Path, companions: list[Companion], numbers: list[int]
) -> pd.DataFrame:
    """The frame with the columns of the companions beside it; those of the same name are the instrument's."""
    columns = [c for companion in companions for c in companion.columns if c not in frame]
    return frame.join(companion_columns(path, columns, numbers)) if columns else frame


def _with_names(frame: pd.DataFrame, path: Path, links: dict[str, str], numbers: list[int]) -> pd.DataFrame:
    """The frame with the columns that say whose row it is, under the names the report knows."""
    return frame.assign(**{name: name_column(path, column, numbers) for name, column in links.items()})


def _second_wave(
    path: Path | None,
    link: str | None,
    instrument: Instrument,
    mapping: Path | None,
    form: str | None,
    accept: bool,
) -> pd.DataFrame | None:
    """The second file, read and refused like the first."""
    if path is None or link is None:
        return None
    table = read_answers(path, instrument, mapping, form=form)
    _say_problems(table)
    if table.problems and not accept:
        raise click.ClickException(f"{path.name}: 有问题的行见上 / see the rows above")
    return _with_names(frame_of(table, instrument), path, {"person": link}, table.numbers)


@click.command("report")
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--instrument", "ref", required=True, help="问卷，如 dandang-jsjb 或 dandang-jsjb/0.1.0")
@click.option(
    "-o", "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True
)
@click.option("--form", default=None, help="题组，默认为问卷的默认题组 / form, default the instrument's")
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="列对应文件 / column mapping",
)
@click.option("--language", type=click.Choice(("zh-CN", "en")), default="zh-CN", show_default=True)
@click.option(
    "--seed", type=int, default=20240501, show_default=True, help="随机数种子 / seed of every simulation"
)
@click.option(
    "--missing",
    type=click.Choice(("listwise", "fiml")),
    default="listwise",
    show_default=True,
    help="验证性因素分析的缺失处理 / missing data in the confirmatory analyses",
)
@click.option(
    "--depth",
    type=click.Choice(("quick", "standard", "full")),
    default="standard",
    show_default=True,
    help="quick：不做项目反应、等值、DIF；full：另做动态界值和双因子等级模型，需数分钟"
    " / quick: no IRT, invariance, DIF; full: also dynamic cut-offs and the bifactor graded model, minutes",
)
@click.option(
    "--accept-valid", is_flag=True, help="有问题的行不用，其余照算 / leave refused rows out and go on"
)
@click.option(
    "--companion",
    "asked_companions",
    multiple=True,
    metavar="NAME=COL,-COL…[:ROLE]",
    help="文件中的伴随量表或效标，列名前加减号为反向；作用 / a scale or criterion beside the "
    "instrument, minus "
    f"reverses a column; role: {', '.join(ROLES)}",
)
@click.option(
    "--retest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="第二次测量的文件，列与第一次相同 / a second wave, laid out like the first",
)
@click.option("--link", metavar="COL", help="两个文件中连接同一人的列 / the column that links the two waves")
@click.option(
    "--rated",
    metavar="COL",
    help="一行是一次评价：被评者的列 / each row is a rating: the column of the rated",
)
@click.option("--rater", metavar="COL", help="评分者的列 / the column of the rater")
@click.option("--pdf", is_flag=True, help="另写 report.pdf / also write report.pdf")
@click.option("--docx", is_flag=True, help="另写 report.docx（Word） / also write report.docx (Word)")
@click.option(
    "--simulated", is_flag=True, help="文件为模拟数据，报告须注明 / the file holds simulated people: say so"
)
def command(
    answers: Path,
    ref: str,
    out: Path,
    form: str | None,
    mapping: Path | None,
    language: str,
    seed: int,
    missing: Literal["listwise", "fiml"],
    depth: Depth,
    accept_valid: bool,
    asked_companions: tuple[str, ...],
    retest: Path | None,
    link: str | None,
    rated: str | None,
    rater: str | None,
    simulated: bool,
    pdf: bool,
    docx: bool,
) -> None:
    """由答卷文件（CSV、xlsx、.sav）生成报告 / psychometric report of a file of answers.

    写出 report.html、report.json、tables/、figures/。Refused rows are listed with row, column and
    value; nothing is computed from them, and without --accept-valid nothing is computed at all (exit 2).
    """
    if (retest is None) != (link is None) or (rater and not rated):
        raise click.UsageError(
            "--retest 与 --link 同时给出；--rater 须有 --rated / --retest and --link go together; --rater "
            "needs "
            "--rated"
        )
    try:
        companions = [companion_from(text) for text in asked_companions]
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    try:
        instrument = instruments.load(ref)
        table = read_answers(answers, instrument, mapping, form=form)
    except instruments.InstrumentError as error:
        raise click.ClickException("\n".join(error.problems)) from error
    except DandangError as error:
        raise click.ClickException(f"{error.title} {error.advice}") from error
    _say_problems(table)
    links = {
        name: column for name, column in (("person", link), ("rated", rated), ("rater", rater)) if column
    }
    named = {*links.values(), *(column for companion in companions for column in companion.columns)}
    if ignored := [column for column in table.ignored if column not in named]:
        click.echo(f"未用的列 / columns not used: {', '.join(ignored)}", err=True)
    if table.problems and not accept_valid:
        click.echo(
            "有问题的行见上；改正后重试，或加 --accept-valid / fix them or add --accept-valid", err=True
        )
        raise SystemExit(2)
    frame = frame_of(table, instrument)
    if frame.empty:
        click.echo("没有可用的行 / no usable rows", err=True)
        raise SystemExit(2)
    try:
        frame = _with_companions(frame, answers, companions, table.numbers)
        frame = _with_names(frame, answers, links, table.numbers)
        again = _second_wave(retest, link, instrument, mapping, form, accept_valid)
    except DandangError as error:
        raise click.ClickException(f"{error.title} {error.advice}") from error
    fingerprint = hashlib.sha256(answers.read_bytes()).hexdigest()
    asked_of = (
        fingerprint,
        hashlib.sha256(mapping.read_bytes()).hexdigest() if mapping else "",
        instrument.fingerprint,
        *(form or "", str(seed), missing, language, depth, engine_version(), str(simulated)),
        *asked_companions,
        hashlib.sha256(retest.read_bytes()).hexdigest() if retest else "",
        *(f"{name}={column}" for name, column in links.items()),
    )
    source = ReportSource(
        kind="file",
        title=answers.name,
        simulated=simulated,
        data_fingerprint=f"sha256:{fingerprint}",
        engine_version=engine_version(),
        filter="文件中全部有效行 / all valid rows of the file",
        run_id=hashlib.sha256("\n".join(asked_of).encode()).hexdigest()[:16],
    )
    started = time.monotonic()

    def _progress(step: str, share: float) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{share:4.0%}  {step:<60.60}", err=True, nl=False)

    try:
        report = build_report(
            frame,
            instrument,
            source=source,
            language=language,
            seed=seed,
            missing=missing,
            depth=depth,
            companions=companions,
            retest=again,
            progress=_progress,
        )
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    asked: dict[Printed, bool] = {"pdf": pdf, "docx": docx}
    paths = write_report(report, out, language=language, also=[kind for kind in asked if asked[kind]])
    evidence = evidence_of(report)
    if sys.stderr.isatty():
        click.echo("", err=True)
    click.echo(
        f"{len(frame)} 人，{len(table.items)} 题，{time.monotonic() - started:.1f} 秒 / people, items, s"
    )
    click.echo(f"证据结论 / evidence: {evidence.verdict}")
    for path in paths:
        if path.suffix in {".html", ".json", ".pdf", ".docx"}:
            click.echo(str(path))
