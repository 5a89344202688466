"""What a model says, once read: formulas with modifiers, definitions, constraints. Plain records."""

from __future__ import annotations

from dataclasses import dataclass, field

from analysis.sem.expressions import Expression


@dataclass(frozen=True)
class Modifiers:
    """What stands before the `*`: one value for all groups, or one per group; None = not given.

    In `fixed`, None inside the tuple is lavaan's `NA` (free).
    """

    fixed: tuple[float | None, ...] | None = None
    start: tuple[float, ...] | None = None
    label: tuple[str, ...] | None = None
    equal: str | None = None

    def merged(self, other: Modifiers) -> Modifiers:
        """Both together; the later one wins where both speak."""
        return Modifiers(
            fixed=self.fixed if other.fixed is None else other.fixed,
            start=self.start if other.start is None else other.start,
            label=self.label if other.label is None else other.label,
            equal=self.equal if other.equal is None else other.equal,
        )


@dataclass(frozen=True)
class Formula:
    """One model element, for example visual =~ x1; an intercept has op `~1` and rhs ""."""

    lhs: str
    op: str
    rhs: str
    modifiers: Modifiers
    line: int
    column: int


@dataclass(frozen=True)
class Constraint:
    """`name := expression`, or `lhs == rhs`, `lhs < rhs`, `lhs > rhs` over labels."""

    op: str
    lhs: Expression
    rhs: Expression
    name: str
    line: int
    column: int
    text: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Syntax:
    """A parsed model: formulas in the order written, then constraints in the order written."""

    formulas: tuple[Formula, ...]
    constraints: tuple[Constraint, ...] = field(default=())
