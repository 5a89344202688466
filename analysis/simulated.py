"""Simulated respondents, drawn from an instrument's own construct tree. For demos and tests, always labelled.

Latent responses follow the tree (item ← indicator ← dimension ← general, plus a wording factor on reversed
items and a unit effect at the top); skewed thresholds cut them into the scale's categories. A declared share
answers carelessly, a declared share of answers is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from analysis.results import FloatArray
from instruments import Instrument
from instruments.instrument import BackgroundQuestion, Construct

TOP_LOADING = 0.78  # dimension on general
MIDDLE_LOADING = 0.84  # indicator on dimension
ITEM_LOADINGS = (0.58, 0.78)
WORDING_LOADING = 0.22
UNIT_SHARE = 0.14  # of the variance at the top; ICC(1) of a dimension is about 0.6 of it
CATEGORY_WEIGHTS = (0.02, 0.06, 0.20, 0.43, 0.29)  # skewed to the favourable end, as duty items are
NOT_KNOWN_SHARE = 0.04
CAREFUL_SECONDS, CARELESS_SECONDS = 4.6, 1.1  # a median item
PASSES_ATTENTION = 0.985


@dataclass(frozen=True, slots=True)
class Truth:
    """What no stored response knows: who was careless, and the true dimension values."""

    careless: npt.NDArray[np.bool_]
    factors: dict[str, FloatArray]
    loadings: dict[str, float]


@dataclass(frozen=True, slots=True)
class SimulatedSample:
    """Simulated people, one entry each in every list, in random order within units."""

    answers: list[dict[str, int]]
    background: list[dict[str, str]]
    unit: list[str]
    page_ms: list[dict[str, int]]
    truth: Truth
    seed: int
    description: str = field(default="")


def _factor_values(
    rng: np.random.Generator, instrument: Instrument, top: FloatArray
) -> dict[str, FloatArray]:
    """Standardised values of every construct; `top` is the general factor or what plain factors share."""
    values: dict[str, FloatArray] = {}

    def _descend(node: Construct, above: FloatArray, loading: float) -> None:
        own = loading * above + np.sqrt(1 - loading**2) * rng.standard_normal(len(above))
        values[node.id] = own
        for child in node.children:
            _descend(child, own, MIDDLE_LOADING if node.level == "dimension" else TOP_LOADING)

    for root in instrument.constructs:
        if root.level == "general":
            values[root.id] = top
            for child in root.children:
                _descend(child, top, TOP_LOADING)
        else:
            _descend(root, top, 0.45)
    return values


def _cuts(rng: np.random.Generator, categories: int) -> FloatArray:
    """Thresholds of one item on the favourable scale: skewed, each item a little easier or harder."""
    base = np.interp(
        np.linspace(0, 1, categories), np.linspace(0, 1, len(CATEGORY_WEIGHTS)), np.array(CATEGORY_WEIGHTS)
    )
    cumulative = np.cumsum(base / base.sum())[:-1]
    return np.asarray(norm.ppf(cumulative) + rng.normal(0, 0.16), dtype=np.float64)


def _attentive_answers(
    rng: np.random.Generator, instrument: Instrument, items: Sequence[str], factors: dict[str, FloatArray]
) -> tuple[npt.NDArray[np.int64], dict[str, float]]:
    n = len(next(iter(factors.values())))
    wording = rng.standard_normal(n)
    codes = np.empty((n, len(items)), dtype=np.int64)
    loadings = {}
    for column, code in enumerate(items):
        item = instrument.items[code]
        scale = instrument.scales[item.scale]
        loading = float(rng.uniform(*ITEM_LOADINGS))
        method = WORDING_LOADING if item.reverse else 0.0
        noise = np.sqrt(1 - loading**2 - method**2) * rng.standard_normal(n)
        latent = loading * factors[item.construct] + method * wording + noise
        keyed = scale.min + np.searchsorted(_cuts(rng, len(scale.values)), latent)
        codes[:, column] = scale.min + scale.max - keyed if item.reverse else keyed
        loadings[code] = loading
    return codes, loadings


def _make_careless(
    rng: np.random.Generator,
    instrument: Instrument,
    items: Sequence[str],
    codes: npt.NDArray[np.int64],
    who: npt.NDArray[np.bool_],
) -> None:
    """Half of the careless answer in a straight line, half at random; in place."""
    for row in np.flatnonzero(who):
        straight = rng.random() < 0.5
        share = rng.uniform(0.75, 1.0)
        for column, code in enumerate(items):
            scale = instrument.scale_of(code)
            line = min(scale.max, scale.min + round(share * (scale.max - scale.min)))
            codes[row, column] = line if straight else rng.integers(scale.min, scale.max + 1)


def _background(
    rng: np.random.Generator, questions: Sequence[BackgroundQuestion], n: int
) -> list[dict[str, str]]:
    """Plausible shares: earlier options commoner, "prefer not to say" rare, conditions kept."""
    people: list[dict[str, str]] = [{} for _ in range(n)]
    for question in questions:
        weights = np.linspace(1.4, 0.7, len(question.options))
        weights[[k for k, option in enumerate(question.options) if option in {"pna", "none"}]] = 0.06
        chosen = rng.choice(len(question.options), size=n, p=weights / weights.sum())
        for person, k in zip(people, chosen, strict=True):
            if all(person.get(other) == value for other, value in question.show_if.items()):
                person[question.id] = question.options[k]
    return people


def _page_times(
    rng: np.random.Generator, pages: Sequence[Sequence[str]], careless: npt.NDArray[np.bool_]
) -> list[dict[str, int]]:
    made = []
    for row in careless:
        pace = np.log(CARELESS_SECONDS if row else CAREFUL_SECONDS) + rng.normal(0, 0.22)
        made.append(
            {
                str(k + 1): int(1000 * len(page) * np.exp(rng.normal(pace, 0.18)))
                for k, page in enumerate(pages)
            }
        )
    return made


def simulate_respondents(
    instrument: Instrument,
    *,
    units: Mapping[str, int],
    seed: int,
    form: str | None = None,
    careless_share: float = 0.06,
    missing_share: float = 0.02,
) -> SimulatedSample:
    """Draw people from the instrument's own model.

    units: unit code → number of people. careless_share, missing_share: 0..1. The same arguments give the same
    people on every machine. Raises ValueError when there is nobody to draw.
    """
    unit = [code for code, size in units.items() for _ in range(size)]
    n = len(unit)
    if n == 0:
        raise ValueError("no people in any unit")
    rng = np.random.default_rng(seed)
    chosen = instrument.forms[form or instrument.default_form]
    effects = dict(zip(units, rng.standard_normal(len(units)), strict=True))
    shared = np.sqrt(UNIT_SHARE) * np.array([effects[code] for code in unit])
    top = shared + np.sqrt(1 - UNIT_SHARE) * rng.standard_normal(n)
    factors = _factor_values(rng, instrument, top)
    codes, loadings = _attentive_answers(rng, instrument, chosen.items, factors)
    careless = rng.random(n) < careless_share
    _make_careless(rng, instrument, chosen.items, codes, careless)
    missing = rng.random(codes.shape) < missing_share
    unknown = rng.random(codes.shape) < NOT_KNOWN_SHARE
    answers: list[dict[str, int]] = []
    for row in range(n):
        person: dict[str, int] = {}
        for column, code in enumerate(chosen.items):
            na_code = instrument.scale_of(code).na_code
            if na_code is not None and unknown[row, column]:
                person[code] = na_code
            elif not missing[row, column]:
                person[code] = int(codes[row, column])
        answers.append(person)
    _add_attention(rng, instrument, chosen.pages, careless, answers)
    page_ms = _page_times(rng, chosen.pages, careless)
    return SimulatedSample(
        answers=answers,
        background=_background(rng, instrument.background, n),
        unit=unit,
        page_ms=page_ms,
        truth=Truth(careless=careless, factors=factors, loadings=loadings),
        seed=seed,
        description=(
            f"模拟数据：{n} 人、{len(units)} 个单位，由 {instrument.ref} 自身模型生成，种子 {seed} / "
            f"simulated: {n} people in {len(units)} units drawn from the instrument's own model, seed {seed}"
        ),
    )


def _add_attention(
    rng: np.random.Generator,
    instrument: Instrument,
    pages: Sequence[Sequence[str]],
    careless: npt.NDArray[np.bool_],
    answers: list[dict[str, int]],
) -> None:
    shown = [code for page in pages for code in page if code in instrument.quality.attention]
    for code in shown:
        item = instrument.quality.attention[code]
        values = instrument.scales[item.scale].values
        for person, inattentive in zip(answers, careless, strict=True):
            passes = rng.random() < (1 / len(values) if inattentive else PASSES_ATTENTION)
            person[code] = item.expected if passes else int(rng.choice(values))
