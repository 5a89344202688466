"""The schema of an instrument version: scales, construct tree, items, forms, scoring, models, evidence rules.

Structure here, words in `wording`. Whether references hold is judged in `checking`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

from instruments.wording import Wording

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=32)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Mode = Literal["identified", "confidential", "anonymous"]


DECLINED = "pna"  # 不愿回答


class Part(BaseModel):
    """Base: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Scale(Part):
    """A response scale of whole numbers min..max; `na_code` is the 不了解-type option, outside it."""

    min: int
    max: int
    na_code: int | None = None

    @property
    def values(self) -> tuple[int, ...]:
        """The substantive codes, lowest first."""
        return tuple(range(self.min, self.max + 1))

    @property
    def codes(self) -> tuple[int, ...]:
        """Every code that may be stored."""
        return self.values if self.na_code is None else (*self.values, self.na_code)


class Construct(Part):
    """A node of the construct tree."""

    id: Code
    level: Literal["general", "dimension", "indicator", "factor", "mechanism"]
    scope: Literal["universal", "general", "domain", "rival"] = "general"
    tier: Literal["basic", "advanced"] | None = None
    note: str = ""
    children: tuple[Construct, ...] = ()

    def walk(self) -> Iterator[Construct]:
        """This node and everything beneath it, in file order."""
        yield self
        for child in self.children:
            yield from child.walk()


class Source(Part):
    """Where an item comes from: the phrase and section of the paper, or a public item pool."""

    phrase: str
    section: str
    note: str = ""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))  # a BaseModel may not have a field `construct`
class Item:
    """One rated statement. `sensitive`: never shown singly in any report."""

    id: Code
    construct: Code
    scale: Code
    reverse: bool
    source: Source
    sensitive: bool = False


class AttentionItem(Part):
    """A directed item: whoever reads it knows which option to choose."""

    id: Code
    scale: Code
    expected: int


class Flags(Part):
    """Declared rules for careless answering; flagged answers are kept."""

    seconds_per_item: float = 2.0
    longstring: int
    irv_share: Share = 0.05
    irv_below: float = 0.35
    even_odd_below: float = 0.30
    mahalanobis_p: float = 0.001


class Quality(Part):
    """What is asked and measured to judge attention."""

    attention: dict[Code, AttentionItem] = {}
    diligence: tuple[BackgroundQuestion, ...] = ()
    flags: Flags


class BackgroundQuestion(Part):
    """A banded question; `recode` names merged groups for comparisons."""

    id: Code
    options: tuple[str, ...]
    use: tuple[Literal["invariance"], ...] = ()
    recode: dict[str, tuple[str, ...]] = {}
    show_if: dict[str, str] = {}

    def groups(self) -> dict[str, tuple[str, ...]]:
        """Group → its options: as merged, else each option by itself; 不愿回答 is no group."""
        return dict(self.recode) or {o: (o,) for o in self.options if o != DECLINED}


class OpenQuestion(Part):
    """A free-text question with its longest answer in characters."""

    id: Code
    max_chars: Annotated[int, Field(ge=1, le=5000)]


class Form(Part):
    """An ordered selection of items, laid out in pages (attention items included there)."""

    items: tuple[Code, ...]
    pages: tuple[tuple[Code, ...], ...]
    estimated_minutes: float


class ScoreRule(Part):
    """How one score is made. Fractions count the items of the form that was served."""

    id: Code
    level: Literal["indicator", "dimension", "general", "index", "factor"]
    method: Literal["mean", "mean_of_scores", "weighted_sum"]
    items: tuple[Code, ...] = ()
    scores: tuple[Code, ...] = ()
    weights: dict[Code, float] = {}
    min_answered: Share
    requires_indicators: Share | None = None
    report_default: bool = True
    note: str = ""


class Scoring(Part):
    """Scoring rules with a version of their own, stored with every score."""

    version: str
    min_group_n: Annotated[int, Field(ge=5)]
    scores: tuple[ScoreRule, ...]


class ModelSpec(Part):
    """A structure to test. `syntax` is the text of its .lav file."""

    id: Code
    file: str
    role: Literal["target", "total", "rival", "method"]
    orthogonal: bool = False
    std_lv: bool = False
    syntax: str = ""


class EvidenceRules(Part):
    """The validity gate, declared with the version and fingerprinted with it."""

    min_usable_n: int
    target_model: Code
    total_model: Code | None = None
    min_cfi: Share
    max_srmr: Share
    max_rmsea: Share
    prefer_dynamic_cutoffs: bool = True
    dynamic_level: Annotated[int, Field(ge=1, le=3)] = 3
    min_omega: Share
    max_htmt: Share | None = None
    min_omega_hierarchical: Share | None = None
    comparison_needs: Literal["scalar", "partial scalar"] = "partial scalar"
    min_unit_agreement: Share = 0.7  # median r_wg(j), before units are compared
    min_unit_icc2: Share = 0.7


class Instrument(Part):
    """One version of an instrument, whole: structure, words, models."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]+$", max_length=64)]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$", max_length=16)]
    status: Literal["draft", "pilot", "active", "retired"]
    locales: tuple[str, ...]
    default_locale: str
    time_frame: str = ""
    licence: str = ""
    voices: tuple[Literal["self", "other"], ...]
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)]
    scales: dict[Code, Scale]
    constructs: tuple[Construct, ...]
    items: dict[Code, Item]
    forms: dict[Code, Form]
    default_form: Code
    quality: Quality
    background: tuple[BackgroundQuestion, ...] = ()
    open_ended: tuple[OpenQuestion, ...] = ()
    criteria: tuple[Code, ...] = ()
    scoring: Scoring
    models: tuple[ModelSpec, ...]
    evidence: EvidenceRules
    notes: tuple[str, ...] = ()
    wording: dict[str, Wording] = {}
    fingerprint: str = ""

    @property
    def ref(self) -> str:
        """ "id/version"."""
        return f"{self.id}/{self.version}"

    @property
    def estimated_minutes(self) -> float:
        """Minutes for the default form, background and open text included."""
        return self.forms[self.default_form].estimated_minutes

    def words(self, language: str) -> Wording:
        """The wording in this language; the default language's where there is none."""
        return self.wording.get(language) or self.wording[self.default_locale]

    def walk(self) -> Iterator[Construct]:
        """Every construct, in file order."""
        for root in self.constructs:
            yield from root.walk()

    def construct(self, code: str) -> Construct:  # type: ignore[override]  # pydantic's deprecated name, our noun
        """The construct of this code. Raises KeyError."""
        for node in self.walk():
            if node.id == code:
                return node
        raise KeyError(code)

    def dimensions(self) -> tuple[Construct, ...]:
        """Dimensions (or plain factors) in file order."""
        return tuple(node for node in self.walk() if node.level in {"dimension", "factor"})

    def indicators(self) -> tuple[Construct, ...]:
        """Indicators in file order."""
        return tuple(node for node in self.walk() if node.level == "indicator")

    def items_of(self, construct: str) -> tuple[str, ...]:
        """Codes of all items beneath a construct, in file order."""
        beneath = {node.id for node in self.construct(construct).walk()}
        return tuple(code for code, item in self.items.items() if item.construct in beneath)

    def items_of_score(self, score: str) -> tuple[str, ...]:
        """Codes of all items under a score, those of its sub-scores included. Raises StopIteration."""
        rule = next(rule for rule in self.scoring.scores if rule.id == score)
        return rule.items or tuple(item for part in rule.scores for item in self.items_of_score(part))

    def model(self, code: str) -> ModelSpec:
        """The model of this id. Raises KeyError."""
        for spec in self.models:
            if spec.id == code:
                return spec
        raise KeyError(code)

    def scale_of(self, code: str) -> Scale:
        """The scale of an item or attention item. Raises KeyError."""
        found: Any = self.items.get(code) or self.quality.attention[code]
        return self.scales[found.scale]


Quality.model_rebuild()
Instrument.model_rebuild()
