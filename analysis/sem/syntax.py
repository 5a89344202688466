"""lavaan model syntax → statements: formulas with their modifiers, definitions and constraints.

Operators `=~ ~ ~~ ~1 | ~*~ := == < >`; modifiers `0.8*x`, `NA*x`, `a*x`, `c(a, b)*x`, `start(0.5)*x`,
`0.5?x`, `label("a")*x`, `equal("f=~x1")*x`; comments `#` and `!`; `;` ends a statement like a line end. What
the syntax means is lavaan's (Rosseel, 2012, J. Stat. Software 48(2)); what is missing is refused by name.
"""

from __future__ import annotations

from dataclasses import replace

from analysis.sem import expressions
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.expressions import Expression
from analysis.sem.statements import Constraint, Formula, Modifiers, Syntax
from analysis.sem.tokens import Token, tokenise
from analysis.sem.variables import classify

FORMULA_OPERATORS = ("=~", "~~", "~*~", "~", "|")
CONSTRAINT_OPERATORS = (":=", "==", "<", ">")
_REFUSED = {"<~": "formative (composite) variables", ":": "blocks and interactions"}


def parse(model: str) -> Syntax:
    """Read lavaan syntax. Raises ModelSyntaxError with line and column."""
    formulas: dict[tuple[str, str, str], Formula] = {}
    constraints: list[Constraint] = []
    for tokens in _statements(tokenise(model)):
        position = _operator_position(tokens)
        operator = tokens[position]
        if operator.text in CONSTRAINT_OPERATORS:
            constraints.append(_constraint(tokens, position))
            continue
        for formula in _formulas(tokens, position):
            key = (formula.lhs, formula.op, formula.rhs)
            mirror = (formula.rhs, formula.op, formula.lhs) if formula.op == "~~" else key
            for known in (key, mirror):
                if known in formulas:
                    raise ModelSyntaxError(
                        f"{formula.lhs} {formula.op} {formula.rhs} was already given on line "
                        f"{formulas[known].line}",
                        formula.line,
                        formula.column,
                    )
            formulas[key] = formula
    if not formulas:
        raise ModelSyntaxError("the model is empty")
    return Syntax(_covariances_in_order(tuple(formulas.values())), tuple(constraints))


def _covariances_in_order(formulas: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """A covariance names the latent first, else the variable that comes first in the model, as lavaan prints
    it.
    """
    variables = classify(formulas, {})
    place = {name: i for i, name in enumerate((*variables.latent, *variables.observed))}
    return tuple(
        replace(f, lhs=f.rhs, rhs=f.lhs) if f.op == "~~" and place[f.lhs] > place[f.rhs] else f
        for f in formulas
    )


def _statements(tokens: list[Token]) -> list[list[Token]]:
    """Split at line ends and `;`, gluing a line to the one before when either side asks for it."""
    statements: list[list[Token]] = []
    current: list[Token] = []
    depth = 0
    for position, token in enumerate(tokens):
        if token.kind == "end":
            following = next((t for t in tokens[position + 1 :] if t.text != "\n"), None)
            if token.text == "\n" and current and (depth > 0 or _continues(current[-1], following)):
                continue
            if current:
                statements.append(current)
            current, depth = [], 0
            continue
        depth += (token.text == "(") - (token.text == ")")
        current.append(token)
    if current:
        statements.append(current)
    return statements


def _continues(last: Token, following: Token | None) -> bool:
    """A line goes on when it ends with, or the next one starts with, something that needs a partner."""
    opens = {"+", "-", "*", "/", "^", ",", "?", "(", *FORMULA_OPERATORS, *CONSTRAINT_OPERATORS}
    joins = {"+", "*", "/", "^", ",", "?", ")", *FORMULA_OPERATORS, *CONSTRAINT_OPERATORS}
    if last.kind == "operator" and last.text in opens:
        return True
    return following is not None and following.kind == "operator" and following.text in joins


def _operator_position(tokens: list[Token]) -> int:
    for position, token in enumerate(tokens):
        if token.kind != "operator":
            continue
        if token.text in _REFUSED:
            name = tokens[0].text.lower()
            what = "two-level models" if name == "level" else _REFUSED[token.text]
            raise ModelSyntaxError(f"{what} are not supported", token.line, token.column)
        if token.text in FORMULA_OPERATORS or token.text in CONSTRAINT_OPERATORS:
            return position
    first = tokens[0]
    raise ModelSyntaxError(
        f"no operator in this statement, which starts with {first.text!r}; expected one of =~ ~ ~~ | := ==",
        first.line,
        first.column,
    )


class _Reader:
    """A cursor over one side of a statement."""

    def __init__(self, tokens: list[Token], after: Token) -> None:
        self.tokens = tokens
        self.place = 0
        self.after = after

    def peek(self, ahead: int = 0) -> Token | None:
        index = self.place + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def next(self, expected: str = "something") -> Token:
        token = self.peek()
        if token is None:
            last = self.tokens[-1] if self.tokens else self.after
            raise ModelSyntaxError(
                f"expected {expected} after {last.text!r}", last.line, last.column + len(last.text)
            )
        self.place += 1
        return token

    def take(self, text: str) -> bool:
        token = self.peek()
        if token is not None and token.kind == "operator" and token.text == text:
            self.place += 1
            return True
        return False

    def demand(self, text: str) -> None:
        token = self.next(repr(text))
        if token.text != text:
            raise ModelSyntaxError(f"expected {text!r}, found {token.text!r}", token.line, token.column)


def _formulas(tokens: list[Token], position: int) -> list[Formula]:
    operator = tokens[position]
    names = _left_names(tokens[:position], operator)
    terms: dict[tuple[str, str], tuple[Token, Modifiers]] = {}
    reader = _Reader(tokens[position + 1 :], operator)
    while True:
        token, op, rhs, modifiers = _term(reader, operator.text)
        known = terms.get((op, rhs))
        terms[(op, rhs)] = (token, modifiers if known is None else known[1].merged(modifiers))
        if reader.peek() is None:
            break
        reader.demand("+")
    formulas = []
    for name in names:
        for (op, rhs), (token, modifiers) in terms.items():
            formula = Formula(name.text, op, rhs, modifiers, token.line, token.column)
            _check_names(formula)
            formulas.append(formula)
    return formulas


def _check_names(formula: Formula) -> None:
    if formula.op in ("=~", "~") and formula.lhs == formula.rhs:
        raise ModelSyntaxError(
            f"{formula.lhs} cannot stand on both sides of {formula.op}", formula.line, formula.column
        )
    if formula.op == "~*~" and formula.lhs != formula.rhs:
        raise ModelSyntaxError(
            f"a scaling factor is written {formula.lhs} ~*~ {formula.lhs}", formula.line, formula.column
        )
    if formula.op == "|" and not (formula.rhs[:1] == "t" and formula.rhs[1:].isdigit()):
        raise ModelSyntaxError(
            f"thresholds are named t1, t2, …; found {formula.rhs!r}", formula.line, formula.column
        )


def _left_names(tokens: list[Token], operator: Token) -> list[Token]:
    if not tokens:
        raise ModelSyntaxError(f"nothing stands before {operator.text!r}", operator.line, operator.column)
    names = []
    for index, token in enumerate(tokens):
        if index % 2 == 0:
            if token.kind != "name":
                raise ModelSyntaxError(
                    f"expected a variable name before {operator.text!r}, found {token.text!r}",
                    token.line,
                    token.column,
                )
            names.append(token)
        elif token.text != "+":
            raise ModelSyntaxError(
                f"expected '+' or an operator, found {token.text!r}", token.line, token.column
            )
    if len(tokens) % 2 == 0:
        raise ModelSyntaxError("expected a variable name after '+'", tokens[-1].line, tokens[-1].column + 1)
    return names


def _term(reader: _Reader, operator: str) -> tuple[Token, str, str, Modifiers]:
    """One term: modifiers, each followed by `*` (or `?`), then a name, or 1/0 for an intercept."""
    modifiers = Modifiers()
    first = reader.peek() or reader.after
    while True:
        token = reader.next("a variable name")
        following = reader.peek()
        starts_call = following is not None and following.text == "("
        if token.kind == "name" and not starts_call and not _is_modifier(following):
            return first, operator, token.text, modifiers
        if token.kind == "number" and not _is_modifier(following):
            return first, *_intercept(token, operator, modifiers)
        modifier = _modifier(reader, token)
        separator = reader.next("'*'")
        if separator.text == "?" and modifier.fixed is not None:
            modifier = Modifiers(start=tuple(v for v in modifier.fixed if v is not None))
        elif separator.text != "*":
            raise ModelSyntaxError(
                f"expected '*' after a modifier, found {separator.text!r}", separator.line, separator.column
            )
        modifiers = modifiers.merged(modifier)


def _is_modifier(following: Token | None) -> bool:
    return following is not None and following.text in ("*", "?")


def _intercept(token: Token, operator: str, modifiers: Modifiers) -> tuple[str, str, Modifiers]:
    """`x ~ 1`, or `x ~ 0` which fixes the intercept at zero."""
    if operator != "~" or token.text not in ("0", "1"):
        raise ModelSyntaxError(f"expected a variable name, found {token.text!r}", token.line, token.column)
    if token.text == "0":
        modifiers = replace(modifiers, fixed=(0.0,))
    return "~1", "", modifiers


def _modifier(reader: _Reader, token: Token) -> Modifiers:
    if token.kind == "string":
        return Modifiers(label=(token.text,))
    if token.kind == "number" or token.text in ("-", "+"):
        sign = -1.0 if token.text == "-" else 1.0
        digits = reader.next("a number") if token.kind == "operator" else token
        return Modifiers(fixed=(sign * _float(digits),))
    if token.kind != "name":
        raise ModelSyntaxError(f"expected a variable name, found {token.text!r}", token.line, token.column)
    following = reader.peek()
    if following is None or following.text != "(":
        return Modifiers(fixed=(None,)) if token.text == "NA" else Modifiers(label=(token.text,))
    reader.demand("(")
    values = _arguments(reader)
    if token.text == "c":
        return _vector(values, token)
    if token.text == "start":
        return Modifiers(start=tuple(_number(v, t) for v, t in values))
    if token.text == "label":
        return Modifiers(label=tuple(str(v) for v, _ in values))
    if token.text == "equal":
        return Modifiers(equal="".join(str(values[0][0]).split()))
    if token.text == "fixed":
        return Modifiers(fixed=tuple(_number(v, t) for v, t in values))
    raise ModelSyntaxError(
        f"unknown modifier {token.text}(); known are c() start() label() equal() fixed()",
        token.line,
        token.column,
    )


def _vector(values: list[tuple[float | str | None, Token]], token: Token) -> Modifiers:
    """c(...): numbers and NA fix or free per group; names and strings label per group."""
    if all(v is None or isinstance(v, float) for v, _ in values):
        return Modifiers(fixed=tuple(v if isinstance(v, float) else None for v, _ in values))
    if any(isinstance(v, float) for v, _ in values):
        raise ModelSyntaxError("c() mixes numbers and labels", token.line, token.column)
    return Modifiers(label=tuple("" if v is None else str(v) for v, _ in values))


def _arguments(reader: _Reader) -> list[tuple[float | str | None, Token]]:
    values: list[tuple[float | str | None, Token]] = []
    while True:
        token = reader.next("a value")
        if token.text == "c" and (following := reader.peek()) is not None and following.text == "(":
            reader.demand("(")
            values.extend(_arguments(reader))
        elif token.kind == "string":
            values.append((token.text, token))
        elif token.kind == "name":
            values.append((None if token.text == "NA" else token.text, token))
        elif token.text in ("-", "+"):
            values.append(((-1.0 if token.text == "-" else 1.0) * _float(reader.next("a number")), token))
        else:
            values.append((_float(token), token))
        if reader.take(")"):
            return values
        reader.demand(",")


def _number(value: float | str | None, token: Token) -> float:
    if not isinstance(value, float):
        raise ModelSyntaxError(f"expected a number, found {token.text!r}", token.line, token.column)
    return value


def _float(token: Token) -> float:
    if token.kind != "number":
        raise ModelSyntaxError(f"expected a number, found {token.text!r}", token.line, token.column)
    return float(token.text)


def _constraint(tokens: list[Token], position: int) -> Constraint:
    operator = tokens[position]
    sides = []
    for part in (tokens[:position], tokens[position + 1 :]):
        reader = _Reader(part, operator)
        sides.append(_sum(reader))
        left_over = reader.peek()
        if left_over is not None:
            raise ModelSyntaxError(f"unexpected {left_over.text!r}", left_over.line, left_over.column)
    name = ""
    if operator.text == ":=":
        if len(tokens[:position]) != 1 or tokens[0].kind != "name":
            raise ModelSyntaxError("expected one new name before ':='", tokens[0].line, tokens[0].column)
        name = tokens[0].text
    text = ("".join(t.text for t in tokens[:position]), "".join(t.text for t in tokens[position + 1 :]))
    return Constraint(operator.text, sides[0], sides[1], name, operator.line, operator.column, text)


def _sum(reader: _Reader) -> Expression:
    left = _product(reader)
    while True:
        if reader.take("+"):
            left = Expression("+", (left, _product(reader)))
        elif reader.take("-"):
            left = Expression("-", (left, _product(reader)))
        else:
            return left


def _product(reader: _Reader) -> Expression:
    left = _unary(reader)
    while True:
        if reader.take("*"):
            left = Expression("*", (left, _unary(reader)))
        elif reader.take("/"):
            left = Expression("/", (left, _unary(reader)))
        else:
            return left


def _unary(reader: _Reader) -> Expression:
    if reader.take("-"):
        return Expression("negate", (_unary(reader),))
    if reader.take("+"):
        return _unary(reader)
    base = _atom(reader)
    if reader.take("^"):
        return Expression("^", (base, _unary(reader)))
    return base


def _atom(reader: _Reader) -> Expression:
    token = reader.next("a label or a number")
    if token.kind == "number":
        return expressions.number(float(token.text))
    if token.text == "(":
        inner = _sum(reader)
        reader.demand(")")
        return inner
    if token.kind != "name":
        raise ModelSyntaxError(
            f"expected a label or a number, found {token.text!r}", token.line, token.column
        )
    if reader.take("("):
        if token.text not in expressions.FUNCTIONS:
            known = " ".join(expressions.FUNCTIONS)
            raise ModelSyntaxError(
                f"unknown function {token.text}(); known are {known}", token.line, token.column
            )
        inner = _sum(reader)
        reader.demand(")")
        return Expression(token.text, (inner,))
    return expressions.label(token.text)


def parse_constraints(text: str) -> tuple[Constraint, ...]:
    """Read `==` statements alone, as for a Wald test. Raises ModelSyntaxError for anything else."""
    found = []
    for tokens in _statements(tokenise(text)):
        position = _operator_position(tokens)
        if tokens[position].text != "==":
            raise ModelSyntaxError("expected '=='", tokens[position].line, tokens[position].column)
        found.append(_constraint(tokens, position))
    if not found:
        raise ModelSyntaxError("no hypothesis given")
    return tuple(found)
