"""Data sets that cannot work, or only in part: six items v1…v6, a unit, a grouping of two."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

ITEMS = [f"v{k}" for k in range(1, 7)]
Make = Callable[[], pd.DataFrame]


def good(n: int = 120, *, categories: int = 5, loading: float = 0.7, seed: int = 5) -> pd.DataFrame:
    """Answers 1…categories with one factor, 12 units, two groups."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) * loading + rng.normal(size=(n, 6)) * np.sqrt(1 - loading**2)
    cuts = np.linspace(-1.5, 1.5, categories - 1)
    frame = pd.DataFrame(1.0 + (latent[:, :, None] > cuts).sum(axis=2), columns=ITEMS)
    return frame.assign(unit=[f"u{k % 12}" for k in range(n)], sex=["m", "f"] * (n // 2) + ["m"] * (n % 2))


def with_items(frame: pd.DataFrame, values: object) -> pd.DataFrame:
    return frame.assign(**dict.fromkeys(ITEMS, values))


def continuous(n: int = 120, seed: int = 6, covariance: object = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sigma = np.eye(6) if covariance is None else np.asarray(covariance, dtype=float)
    drawn = rng.multivariate_normal(np.zeros(6), sigma, size=n, check_valid="ignore")
    return good(n).assign(**{item: drawn[:, k] for k, item in enumerate(ITEMS)})


def _holes(share: float) -> pd.DataFrame:
    frame, rng = good(), np.random.default_rng(8)
    return frame.assign(**{i: frame[i].where(rng.random(len(frame)) > share) for i in ITEMS})


def _never_together() -> pd.DataFrame:
    frame = good()
    half = np.arange(len(frame)) % 2 == 0
    return frame.assign(v1=frame.v1.where(half), v2=frame.v2.where(~half))


def _heywood() -> pd.DataFrame:
    sigma = np.full((6, 6), 0.4) + 0.6 * np.eye(6)
    sigma[0, 1:] = sigma[1:, 0] = 0.65
    return continuous(90, 2, sigma)


def _negative_polychorics() -> pd.DataFrame:
    """Dichotomies whose tetrachoric correlations cannot stand in one matrix."""
    frame = good(40)
    cycle = np.arange(40) % 4
    patterns = np.array([[1, 1, 2, 2, 1, 2], [2, 1, 1, 2, 2, 1], [2, 2, 1, 1, 2, 2], [1, 2, 2, 1, 1, 1]])
    values = patterns[cycle].astype(float)
    values[0, 0] = 2
    values[1, 3] = 1
    values[2, 5] = 1
    return frame.assign(**{item: values[:, k] for k, item in enumerate(ITEMS)})


def _twice() -> pd.DataFrame:
    frame = good()
    return pd.concat([frame, frame[["v1"]]], axis=1)


DATA_SETS: dict[str, Make] = {
    "constant item": lambda: good().assign(v2=3.0),
    "two constant items": lambda: good().assign(v2=3.0, v5=1.0),
    "every item constant": lambda: with_items(good(), 4.0),
    "every person the same": lambda: good().assign(**{i: float(k % 5 + 1) for k, i in enumerate(ITEMS)}),
    "one category and one other answer": lambda: good().assign(v1=[5.0] * 119 + [4.0]),
    "all at the ceiling but one person": lambda: with_items(good(), [5.0] * 119 + [1.0]),
    "two items the same": lambda: good().assign(v2=lambda x: x.v1),
    "all items the same": lambda: good().assign(**{i: good().v1 for i in ITEMS}),
    "an item is another upside down": lambda: good().assign(v2=lambda x: 6 - x.v1),
    "an item is the sum of two": lambda: good().assign(v6=lambda x: x.v1 + x.v2),
    "nearly the same": lambda: continuous().assign(v2=lambda x: x.v1 + 1e-9 * x.v3),
    "no rows": lambda: good(0),
    "one row": lambda: good(1),
    "two rows": lambda: good(2),
    "three rows": lambda: good(3),
    "as many rows as items": lambda: good(6),
    "one row more than items": lambda: good(7),
    "ten rows": lambda: good(10),
    "all missing": lambda: with_items(good(), np.nan),
    "an item all missing": lambda: good().assign(v4=np.nan),
    "an item with one answer": lambda: good().assign(v4=[3.0] + [np.nan] * 119),
    "an item with two answers": lambda: good().assign(v4=[3.0, 2.0] + [np.nan] * 118),
    "one complete row": lambda: good().assign(v4=lambda x: x.v4.where(x.index == 0)),
    "two complete rows": lambda: good().assign(v4=lambda x: x.v4.where(x.index < 2)),
    "nobody complete": lambda: good().assign(
        **{i: good()[i].where(good().index % 6 != k) for k, i in enumerate(ITEMS)}
    ),
    "items never seen together": _never_together,
    "nine tenths missing": lambda: _holes(0.9),
    "half missing": lambda: _holes(0.5),
    "huge n of ties": lambda: with_items(good(4000), [1.0, 5.0] * 2000),
    "two categories": lambda: good(categories=2),
    "two categories, one rare": lambda: good(categories=2).assign(v1=[2.0] * 2 + [1.0] * 118),
    "a category missing in one group": lambda: good().assign(v1=lambda x: x.v1.where(x.sex == "m", 3.0)),
    "Heywood": _heywood,
    "negative definite polychorics": _negative_polychorics,
    "noise": lambda: continuous(60, 9),
    "noise, few": lambda: continuous(12, 10),
    "all correlations negative": lambda: continuous(120, 3, 1.18 * np.eye(6) - 0.18),
    "one group": lambda: good().assign(sex="m", unit="u0"),
    "a group of one": lambda: good().assign(sex=["f"] + ["m"] * 119, unit=["u0"] + ["u1"] * 119),
    "every group one person": lambda: good().assign(unit=[f"u{k}" for k in range(120)]),
    "no group known": lambda: good().assign(sex=None, unit=None),
    "a group without answers": lambda: good().assign(
        **{i: good()[i].where(good().sex == "m") for i in ITEMS}
    ),
    "infinite": lambda: good().assign(v3=lambda x: x.v3.where(x.index > 0, np.inf)),
    "minus infinity": lambda: good().assign(v3=lambda x: x.v3.where(x.index > 0, -np.inf)),
    "text": lambda: good().assign(v3="often"),
    "one text": lambda: good().assign(v3=lambda x: x.v3.astype(object).where(x.index > 0, "x")),
    "numbers as text": lambda: good().assign(v3=lambda x: x.v3.astype(str)),
    "dates": lambda: good().assign(v3=pd.Timestamp("2026-01-01")),
    "lists": lambda: good().assign(v3=[[1]] * 120),
    "a column twice": _twice,
    "far outside the scale": lambda: good().assign(v3=lambda x: x.v3.where(x.index > 0, 1e6)),
    "huge values": lambda: continuous().assign(**{i: continuous()[i] * 1e150 for i in ITEMS}),
    "tiny values": lambda: continuous().assign(**{i: continuous()[i] * 1e-150 for i in ITEMS}),
    "one huge": lambda: good().assign(v3=lambda x: x.v3.where(x.index > 0, 1e300)),
    "very different scales": lambda: continuous().assign(v1=lambda x: x.v1 * 1e8, v2=lambda x: x.v2 * 1e-8),
    "fractions": lambda: good().assign(v3=lambda x: x.v3 + 0.5),
    "an index that repeats": lambda: good().set_axis([0] * 120),
}
