"""lavaan syntax: what is read, and where an error is said to be."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sem import ModelSyntaxError
from analysis.sem.parameter_table import TableOptions, build_table
from analysis.sem.syntax import parse


def elements(model: str) -> list[tuple[str, str, str]]:
    return [(f.lhs, f.op, f.rhs) for f in parse(model).formulas]


def test_continuations_comments_and_separators() -> None:
    model = """
    # a comment
    f =~ a +
         b   ! another
         + c ; g =~ d + e
    f
      ~ g
    """
    assert elements(model) == [
        ("f", "=~", "a"),
        ("f", "=~", "b"),
        ("f", "=~", "c"),
        ("g", "=~", "d"),
        ("g", "=~", "e"),
        ("f", "~", "g"),
    ]


def test_several_left_sides_and_intercepts() -> None:
    assert elements("f =~ a + b\ng =~ c + d\nf + g ~ 1")[-2:] == [("f", "~1", ""), ("g", "~1", "")]
    assert parse("f =~ a\na ~ 0").formulas[-1].modifiers.fixed == (0.0,)
    assert elements("y ~ 1 + x") == [("y", "~1", ""), ("y", "~", "x")]


def test_chinese_names() -> None:
    assert elements("担当 =~ 题1 + 题2") == [("担当", "=~", "题1"), ("担当", "=~", "题2")]


def test_modifiers() -> None:
    formulas = parse(
        "f =~ NA*a + 0.5*b + L*c + start(0.7)*d + -1*e + c(p, q)*g + c(1, NA)*h + 0.3?i + 'u v'*j"
    ).formulas
    given_modifiers = {f.rhs: f.modifiers for f in formulas}
    assert given_modifiers["a"].fixed == (None,)
    assert given_modifiers["b"].fixed == (0.5,)
    assert given_modifiers["c"].label == ("L",)
    assert given_modifiers["d"].start == (0.7,)
    assert given_modifiers["e"].fixed == (-1.0,)
    assert given_modifiers["g"].label == ("p", "q")
    assert given_modifiers["h"].fixed == (1.0, None)
    assert given_modifiers["i"].start == (0.3,)
    assert given_modifiers["j"].label == ("u v",)


def test_two_modifiers_of_one_term_are_merged() -> None:
    (formula,) = parse("f =~ NA*a + lam*a").formulas
    assert formula.modifiers.fixed == (None,)
    assert formula.modifiers.label == ("lam",)


def test_covariances_are_named_in_the_order_of_the_model() -> None:
    assert elements("f =~ a + b + c\nc ~~ a")[-1] == ("a", "~~", "c")
    assert elements("f =~ a + b\nz ~~ f")[-1] == ("f", "~~", "z")


def test_expressions_and_their_slopes() -> None:
    constraint = parse("f =~ a\nd := -p^2*exp(q)/(1 + q) - 3").constraints[0]
    values = {"p": 2.0, "q": 0.5}
    assert complex(constraint.rhs.evaluate(dict(values))).real == pytest.approx(-4 * 1.6487212707 / 1.5 - 3)
    slope = constraint.rhs.gradient(values, ["p", "q"])
    assert slope == pytest.approx([-4 * 1.6487212707 / 1.5, -4 * 1.6487212707 * 0.5 / 1.5**2])


@pytest.mark.parametrize(
    ("model", "line", "column", "words"),
    [
        ("f =~ x1 + + x2", 1, 13, "number"),
        ("f =~ x1\n  g =~ ", 2, 7, "after '=~'"),
        ("f =~ x1 x2", 1, 9, r"expected '\+'"),
        ("f =~ x1\nx2 + x3", 2, 1, "no operator"),
        ("=~ x1", 1, 1, "nothing stands before"),
        ("f =~ x1\ng = x2", 2, 3, "unexpected character"),
        ("f =~ x1\nlevel: 1\n", 2, 6, "two-level"),
        ("f <~ x1 + x2", 1, 3, "formative"),
        ("f =~ x1\nf =~ x1", 2, 6, "already given on line 1"),
        ("f =~ x1\nx2 ~~ x3\nx3 ~~ x2", 3, 7, "already given"),
        ("f =~ f", 1, 6, "both sides"),
        ("f =~ foo(3)*x1", 1, 6, "unknown modifier"),
        ("f =~ c(1, a)*x1", 1, 6, "mixes"),
        ("f =~ x1\nd := gone(p)", 2, 6, "unknown function"),
        ("f =~ x1\nx1 | z", 2, 6, "thresholds"),
        ("f =~ x1\nx1 ~*~ x2", 2, 8, "scaling factor"),
        ("f =~ start(a)*x1", 1, 12, "expected a number"),
    ],
)
def test_errors_have_a_place(model: str, line: int, column: int, words: str) -> None:
    with pytest.raises(ModelSyntaxError, match=words) as caught:
        parse(model)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_an_empty_model_is_refused() -> None:
    with pytest.raises(ModelSyntaxError, match="empty"):
        parse("# nothing\n\n")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("f =~ a + p*b + c\nd := p*r", "'r' is not the label"),
        ("f =~ a + p*b + c\nq == 2", "'q' is not the label"),
        ("f =~ a + p*b + c\np := 2*p", "already a label"),
        ("f =~ a + p*b + c\np == 1\np == 2", "contradict"),
        ("f =~ a + c(p, q)*b + c", r"2 values for 1 group"),
    ],
)
def test_labels_are_checked(model: str, words: str) -> None:
    with pytest.raises(ModelSyntaxError, match=words):
        build_table(parse(model), TableOptions())


def test_group_equality_frees_what_it_makes_superfluous() -> None:
    options = TableOptions(ngroups=2, meanstructure=True, std_lv=True, group_equal=("loadings", "intercepts"))
    table = build_table(parse("f =~ a + b + c"), options)
    second = {row.key: row for row in table.rows if row.group == 2}
    assert second["f~~f"].free
    assert second["f~1"].free
    assert table.n_free - table.n_theta == 6


def test_unknown_group_equality_and_partial_names_are_refused() -> None:
    syntax = parse("f =~ a + b + c")
    with pytest.raises(ModelSyntaxError, match="unknown group equality"):
        build_table(syntax, TableOptions(ngroups=2, group_equal=("slopes",)))
    with pytest.raises(ModelSyntaxError, match="group_partial"):
        build_table(syntax, TableOptions(ngroups=2, group_equal=("loadings",), group_partial=("f=~z",)))


@given(st.text(alphabet="fabx123=~:+*|() \n;#.'\"<>c,-", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ModelSyntaxError):
        assert parse(text).formulas
