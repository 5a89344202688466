"""Simulated respondents, drawn from an instrument's own construct tree. For demos and tests, always labelled.

Latent responses follow the tree (item ← indicator ← dimension ← general, plus a wording factor on reversed
items and a unit effect on each construct); skewed thresholds cut them into the categories (Muthén, 1984).
A declared share answers carelessly, one in five of them in a straight line, the others at random (Meade &
Craig, 2012). A declared share of answers is missing, most of it with few people, whatever their true values.
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

TOP_LOADING = 0.76  # dimension on general
MIDDLE_LOADING = 0.82  # indicator on dimension
ROOT_LOADING = 0.45  # plain factors on what they share: they correlate about .20
ITEM_LOADINGS = (0.62, 0.80)
WORDING_LOADING = 0.18
UNIT_SHARE = 0.12  # of the variance of every construct; ICC(1) of a dimension score is about 0.07
CATEGORY_WEIGHTS = (0.02, 0.06, 0.20, 0.43, 0.29)  # skewed to the favourable end, as duty items are
NOT_KNOWN_SHARE = 0.02  # of the answers where 不了解 is offered
GAPPY_SHARE = 0.15  # people who skip at all; those who choose 不了解 at all are as many, and others
STRAIGHT_SHARE = 0.2  # of the careless
STRAY_SHARE = 0.25  # answers off a straight line
CAREFUL_SECONDS, CARELESS_SECONDS = 4.6, 1.1  # a median item
PASSES_ATTENTION = 0.985
SAYS_UNFIT = (0.01, 0.3)  # careful and careless people who say that their answers are not fit for use


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


def _own_part(rng: np.random.Generator, unit: npt.NDArray[np.int64]) -> FloatArray:
    """Standard normal, with a share of its variance between units (given as numbers from 0)."""
    between = rng.standard_normal(int(unit.max()) + 1)[unit]
    return np.asarray(
        np.sqrt(UNIT_SHARE) * between + np.sqrt(1 - UNIT_SHARE) * rng.standard_normal(len(unit))
    )


def _factor_values(
    rng: np.random.Generator, instrument: Instrument, unit: npt.NDArray[np.int64]
) -> dict[str, FloatArray]:
    """Standardised values of every construct; plain factors share a part instead of a general factor."""
    values: dict[str, FloatArray] = {}
    top = _own_part(rng, unit)

    def _descend(node: Construct, above: FloatArray, loading: float) -> None:
        own = loading * above + np.sqrt(1 - loading**2) * _own_part(rng, unit)
        values[node.id] = own
        for child in node.children:
            _descend(child, own, MIDDLE_LOADING if node.level == "dimension" else TOP_LOADING)

    for root in instrument.constructs:
        if root.level == "general":
            values[root.id] = top
            for child in root.children:
                _descend(child, top, TOP_LOADING)
        else:
            _descend(root, top, ROOT_LOADING)
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
    """One in five careless people stays on one option but for strays, the others choose at random."""
    low = np.array([instrument.scale_of(code).min for code in items])
    high = np.array([instrument.scale_of(code).max for code in items])
    n = int(who.sum())
    line = np.round(low + rng.uniform(0.4, 1.0, (n, 1)) * (high - low)).astype(np.int64)
    anywhere = rng.integers(low, high + 1, (n, len(items)))
    stays = (rng.random((n, 1)) < STRAIGHT_SHARE) & (rng.random((n, len(items))) >= STRAY_SHARE)
    codes[who] = np.where(stays, line, anywhere)


def _gaps(rng: np.random.Generator, n: int, k: int, share: float) -> npt.NDArray[np.bool_]:
    """Shape (n, k): true for `share` of the cells on average, gathered with `GAPPY_SHARE` of the people."""
    gappy = max(GAPPY_SHARE, share)
    people = rng.random((n, 1)) < gappy
    return np.asarray(people & (rng.random((n, k)) < share / gappy))


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


def _with_diligence(
    rng: np.random.Generator,
    instrument: Instrument,
    careless: npt.NDArray[np.bool_],
    people: list[dict[str, str]],
) -> list[dict[str, str]]:
    """Whether one's answers may be used: the first option says yes, the last no. In place."""
    for question in instrument.quality.diligence:
        unfit = rng.random(len(people)) < np.where(careless, SAYS_UNFIT[1], SAYS_UNFIT[0])
        for person, no in zip(people, unfit, strict=True):
            person[question.id] = question.options[-1 if no else 0]
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
    people on every machine. Raises ValueError for an unknown form and when there is nobody to draw.
    """
    if form is not None and form not in instrument.forms:
        raise ValueError(f"{instrument.ref} has no form {form!r}")
    unit = [code for code, size in units.items() for _ in range(size)]
    n = len(unit)
    if n == 0:
        raise ValueError("no people in any unit")
    rng = np.random.default_rng(seed)
    chosen = instrument.forms[form or instrument.default_form]
    numbers = np.repeat(np.arange(len(units)), [*units.values()])
    factors = _factor_values(rng, instrument, numbers)
    codes, loadings = _attentive_answers(rng, instrument, chosen.items, factors)
    careless = rng.random(n) < careless_share
    _make_careless(rng, instrument, chosen.items, codes, careless)
    missing = _gaps(rng, n, len(chosen.items), missing_share)
    unknown = _gaps(rng, n, len(chosen.items), NOT_KNOWN_SHARE)
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
        background=_with_diligence(rng, instrument, careless, _background(rng, instrument.background, n)),
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
