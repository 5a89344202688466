"""All files for other programs together, and any one of them by the word of its format."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Final, Literal, get_args

from analysis.interchange.codebook import codebook_page
from analysis.interchange.dataset import Choices, Dataset
from analysis.interchange.ddi import ddi_codebook
from analysis.interchange.mplus_syntax import mplus_inputs
from analysis.interchange.plain_files import comma_separated, numbers_only
from analysis.interchange.r_syntax import lavaan_script
from analysis.interchange.spss_file import spss_file
from analysis.interchange.spss_syntax import spss_syntax
from instruments import Instrument

Format = Literal["sav", "csv", "codebook", "ddi", "lavaan", "mplus", "spss", "bundle"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

README = """\
{title}
{instrument}
{simulated}
rows.csv        原始答案，每行一人 / answers as given, one person a row (UTF-8)
rows.sav        同样的答案，带标签、测量水平、用户缺失值 / the same for SPSS, labels and missing codes
codebook.html   变量说明，供阅读 / codebook to read
codebook.xml    变量说明，DDI Codebook 2.5 / codebook for machines
lavaan.R        用 lavaan 重新计算 / computes our numbers again: Rscript lavaan.R
spss.sps        用 SPSS 重新计算信度和因子 / labels, reliability and factors in SPSS
mplus/          每个模型一个输入文件，数据为 mplus.dat / one input a model

jamovi 可以直接打开 rows.sav（带标签）或 rows.csv，不需要另外的语法文件。
jamovi opens rows.sav (with its labels) or rows.csv as they are; it needs no syntax of its own.

验证性因素分析：估计方法 {estimator}，缺失处理 {missing}，题目按连续变量；测量等值用 MLR。与本系统报告相同。
Confirmatory analyses: {estimator}, {missing}, items as continuous; invariance by MLR: as in our report.
报告中的 CFI、TLI、RMSEA 是稳健值（lavaan 的 cfi.robust 等）；Mplus 的 MLR 输出由校正卡方算出，略有不同。
The report's CFI, TLI and RMSEA are the robust ones (lavaan's cfi.robust and so on); Mplus computes them
from the scaled chi-square.
Mplus 把均值算作参数，AIC、BIC、SRMR 因此不同；卡方和自由度相同。
Mplus counts means as parameters, so AIC, BIC and SRMR differ; chi-square and df do not.
{facts}"""


def one_file(instrument: Instrument, dataset: Dataset, choices: Choices, wanted: Format) -> tuple[str, bytes]:
    """The file of this format with its name; Mplus and the bundle come as zip files."""
    single: dict[str, tuple[str, Callable[[], bytes]]] = {
        "sav": ("rows.sav", lambda: spss_file(dataset)),
        "csv": ("rows.csv", lambda: comma_separated(dataset)),
        "codebook": ("codebook.html", lambda: codebook_page(dataset).encode()),
        "ddi": ("codebook.xml", lambda: ddi_codebook(dataset)),
        "lavaan": ("lavaan.R", lambda: lavaan_script(instrument, dataset, choices).encode()),
        "spss": ("spss.sps", lambda: b"\xef\xbb\xbf" + spss_syntax(instrument, dataset, choices).encode()),
        "mplus": ("mplus.zip", lambda: zipped(_mplus(instrument, dataset, choices))),
        "bundle": ("bundle.zip", lambda: zipped(bundle(instrument, dataset, choices))),
    }
    name, make = single[wanted]
    return name, make()


def bundle(instrument: Instrument, dataset: Dataset, choices: Choices) -> dict[str, bytes]:
    """Every file by its name."""
    files: dict[str, bytes] = {"README.txt": _readme(dataset, choices).encode()}
    for wanted in ("csv", "sav", "codebook", "ddi", "lavaan", "spss"):
        name, body = one_file(instrument, dataset, choices, wanted)
        files[name] = body
    return files | {f"mplus/{name}": body for name, body in _mplus(instrument, dataset, choices).items()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in one archive, without times: the same files make the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _mplus(instrument: Instrument, dataset: Dataset, choices: Choices) -> dict[str, bytes]:
    inputs = mplus_inputs(instrument, dataset, choices)
    return {"mplus.dat": numbers_only(dataset)} | {f"{k}.inp": text.encode() for k, text in inputs.items()}


def _readme(dataset: Dataset, choices: Choices) -> str:
    simulated = "模拟数据，非真实作答 / Simulated data, not real respondents\n" if dataset.simulated else ""
    return README.format(
        title=dataset.title,
        instrument=f"{dataset.instrument} ({dataset.form})",
        simulated=simulated,
        estimator=choices.estimator,
        missing=choices.missing,
        facts="".join(f"\n{key}: {value}" for key, value in dataset.facts.items()) + "\n",
    )
