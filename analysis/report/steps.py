"""The sections in the order they are computed (quick ones first) and in the order they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from analysis.report.aggregation_section import aggregation_section
from analysis.report.bifactor_section import bifactor_section
from analysis.report.cutoffs_section import cutoffs_section
from analysis.report.dif_section import dif_section
from analysis.report.dimensionality_section import dimensionality_section
from analysis.report.document import Section, Text
from analysis.report.fit_section import fit_section
from analysis.report.frame_sections import instrument_section
from analysis.report.halves_section import halves_section
from analysis.report.invariance_section import invariance_section
from analysis.report.irt_section import irt_section
from analysis.report.item_section import item_section
from analysis.report.norms_section import norms_section
from analysis.report.power_section import power_section
from analysis.report.reliability_section import reliability_section
from analysis.report.sample import Sample
from analysis.report.sample_section import sample_section
from analysis.report.screening_section import screening_section
from analysis.report.structure_section import structure_section
from analysis.report.validity_section import validity_section

Depth = Literal["quick", "standard", "full"]
DEPTHS: tuple[Depth, ...] = ("quick", "standard", "full")


@dataclass(frozen=True, slots=True)
class Step:
    """One section: what makes it, about how long (against the others), and from which depth on it is made."""

    id: str
    title: Text
    make: Callable[[Sample], Section]
    cost: float
    depth: Depth = "quick"

    def belongs_to(self, depth: Depth) -> bool:
        """Whether a report of this depth has it."""
        return DEPTHS.index(self.depth) <= DEPTHS.index(depth)


STEPS = (
    Step("sample", Text("样本与缺失", "sample and missing answers"), sample_section, 1),
    Step("instrument", Text("问卷", "instrument"), instrument_section, 1),
    Step("items", Text("项目分析", "items"), item_section, 2),
    Step("screening", Text("作答质量", "quality of answers"), screening_section, 3),
    Step("reliability", Text("信度", "reliability"), reliability_section, 4),
    Step("aggregation", Text("单位", "units"), aggregation_section, 2),
    Step("norms", Text("常模", "norms"), norms_section, 1),
    Step("structure", Text("结构", "structure"), structure_section, 10),
    Step("dimensionality", Text("维度", "dimensionality"), dimensionality_section, 6),
    Step("halves", Text("交叉验证", "cross-validation"), halves_section, 6, "standard"),
    Step("power", Text("人数", "number of people"), power_section, 1),
    Step("validity", Text("聚合与区分效度", "convergent and discriminant validity"), validity_section, 6),
    Step("fit", Text("拟合细节", "fit in detail"), fit_section, 15),
    Step("invariance", Text("测量等值", "invariance"), invariance_section, 20, "standard"),
    Step("dif", Text("题目功能差异", "differential item functioning"), dif_section, 15, "standard"),
    Step("irt", Text("项目反应理论", "item response theory"), irt_section, 2, "standard"),
    Step("bifactor", Text("双因子项目反应模型", "bifactor graded model"), bifactor_section, 25, "full"),
    Step("cutoffs", Text("动态界值", "dynamic cut-offs"), cutoffs_section, 60, "full"),
)
ORDER = (
    "sample",
    "screening",
    "instrument",
    "items",
    "dimensionality",
    "halves",
    "structure",
    "cutoffs",
    "fit",
    "reliability",
    "irt",
    "bifactor",
    "validity",
    "invariance",
    "dif",
    "aggregation",
    "norms",
    "power",
)


def left_out(step: Step) -> Section:
    """In the place of a section that this depth does not have: it says so."""
    return Section(
        id=step.id,
        title=Text(step.title.zh, step.title.en[:1].upper() + step.title.en[1:]),
        status="omitted",
        reason=Text(
            "本次报告选择了较少的分析，这一部分没有计算",
            "This run was asked for fewer analyses: this part was not computed",
        ),
    )


def not_yet(step: Step) -> Section:
    """In the place of a section that is still to be computed, in a draft."""
    return Section(
        id=step.id,
        title=Text(step.title.zh, step.title.en[:1].upper() + step.title.en[1:]),
        status="pending",
        reason=Text("这一部分正在计算", "This part is being computed"),
    )
