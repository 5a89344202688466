"""lavaan model syntax → statements: formulas with their modifiers, definitions and constraints.

Operators `=~ ~ ~~ ~1 | ~*~ := == < >`; modifiers `0.8*x`, `NA*x`, `a*x`, `c(a, b)*x`, `start(0.5)*x`,
`0.5?x`, `label("a")*x`, `equal("f=~x1")*x`; comments `#` and `!`; `;` ends a statement like a line end. What
the syntax means is lavaan's (Rosseel, 2012, J. Stat. Software 48(2)); what is missing is refused by name.
"""

from __future__ import annotations

from dataclasses import replace

from analysis.sem.errors import ModelSyntaxError
from analysis.sem.expression_syntax import read_sum
from analysis.sem.reader import Reader
from analysis.sem.statements import Constraint, Formula, Modifiers, Syntax
from analysis.sem.term_syntax import read_term
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


def _formulas(tokens: list[Token], position: int) -> list[Formula]:
    operator = tokens[position]
    names = _left_names(tokens[:position], operator)
    terms: dict[tuple[str, str], tuple[Token, Modifiers]] = {}
    reader = Reader(tokens[position + 1 :], operator)
    while True:
        token, op, rhs, modifiers = read_term(reader, operator.text)
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


def _constraint(tokens: list[Token], position: int) -> Constraint:
    operator = tokens[position]
    sides = []
    for part in (tokens[:position], tokens[position + 1 :]):
        reader = Reader(part, operator)
        sides.append(read_sum(reader))
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
