"""Mean, spread and interval of a group, and how exactly they may be said (numpy and scipy stay out).

Hill, G. W. (1970). Algorithm 396: Student's t-quantiles. Communications of the ACM, 13, 619–620.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)
FULL_N = 10  # from here: two decimals, interval, standard deviation
EXACT_N = 30  # from here: the number of people itself
BAND = 5  # width of the bands that n is told in below that


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and sum of squared deviations of some values. They add up without a second pass."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Moments:
        """Moments of values (Welford's update)."""
        n, mean, squares = 0, 0.0, 0.0
        for value in values:
            n += 1
            step = value - mean
            mean += step / n
            squares += step * (value - mean)
        return cls(n, mean, squares)

    def joined(self, other: Moments) -> Moments:
        """Moments of both groups together."""
        n = self.n + other.n
        if n == 0:
            return self
        step = other.mean - self.mean
        return Moments(
            n,
            self.mean + step * other.n / n,
            self.squares + other.squares + step * step * self.n * other.n / n,
        )

    def without(self, part: Moments) -> Moments:
        """Moments of the people outside `part`, which must lie within this group."""
        n = self.n - part.n
        if n <= 0:
            return Moments()
        mean = (self.n * self.mean - part.n * part.mean) / n
        step = part.mean - mean
        return Moments(n, mean, max(0.0, self.squares - part.squares - step * step * n * part.n / self.n))

    @property
    def sd(self) -> float:
        """Standard deviation, n − 1 in the denominator; NaN below two people."""
        return math.sqrt(self.squares / (self.n - 1)) if self.n > 1 else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean: mean ± t(n − 1) · SD / √n; NaN below two people."""
        if self.n < 2:
            return math.nan, math.nan
        half = t_quantile(self.n - 1) * self.sd / math.sqrt(self.n)
        return self.mean - half, self.mean + half


def t_quantile(df: float, p: float = 0.975) -> float:
    """Upper quantile of Student's t. df > 2, 0.5 < p < 1; right to 1e-6 or better from df = 4 on.

    >>> round(t_quantile(9), 4)
    2.2622
    """
    tail = 2.0 * (1.0 - p)
    a = 1.0 / (df - 0.5)
    b = 48.0 / (a * a)
    c = ((20700.0 * a / b - 98.0) * a - 16.0) * a + 96.36
    d = ((94.5 / (b + c) - 3.0) / b + 1.0) * math.sqrt(a * math.pi / 2.0) * df
    y = (d * tail) ** (2.0 / df)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(tail * 0.5)
        y = x * x
        if df < 5:
            c += 0.3 * (df - 4.5) * (x + 0.6)
        c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b
        y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x
        y = math.expm1(a * y * y)
    else:
        first = ((df + 6.0) / (df * y) - 0.089 * d - 0.822) * (df + 2.0) * 3.0
        y = ((1.0 / first + 0.5 / (df + 4.0)) * y - 1.0) * (df + 1.0) / (df + 2.0) + 1.0 / y
    return math.sqrt(df * y)


def reliably_different(part: Moments, rest: Moments) -> bool:
    """Whether Welch's 95 % interval of the difference of two separate groups leaves out 0."""
    if part.n < 2 or rest.n < 2:
        return False
    a, b = part.squares / (part.n - 1) / part.n, rest.squares / (rest.n - 1) / rest.n
    if a + b == 0.0:
        return part.mean != rest.mean
    df = (a + b) ** 2 / (a * a / (part.n - 1) + b * b / (rest.n - 1))
    return abs(part.mean - rest.mean) > t_quantile(df) * math.sqrt(a + b)


def people_words(n: int) -> str:
    """How many people, in a band of five below 30: "10–14"; "不足 5" for the smallest."""
    if n == 0:
        return "0"
    if n >= EXACT_N:
        return str(n)
    start = n // BAND * BAND
    return f"{start}–{start + BAND - 1}" if start else f"不足 {BAND}"
