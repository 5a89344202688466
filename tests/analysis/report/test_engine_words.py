"""What the engine says reaches a Chinese report in Chinese; what is unknown is not lost."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from analysis.report.engine_words import KINDS, engine_words, in_chinese
from analysis.sem import fit

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("negative variance: x1 ~~ x1 = -0.05 (Heywood case)", "方差为负：x1 ~~ x1 = -0.05（Heywood 情形）"),
        ("correlation beyond 1: ZC with WM = 1.03", "相关超过 1：ZC 与 WM = 1.03"),
        ("correlation beyond 1: ZC with WM in group m = 1.03", "相关超过 1：ZC 与 WM（m 组）= 1.03"),
        ("not converged: no convergence after 400 steps", "未收敛：迭代 400 步仍未收敛"),
        (
            "not identified: 12 parameters for 10 moments (df = -2)",
            "不可识别：12 个参数，只有 10 个矩（自由度 -2）",
        ),
        ("没有总因子 / no general factor", "没有总因子"),
    ],
)
def test_a_message_is_said_in_chinese(message: str, expected: str) -> None:
    assert engine_words(message).zh == expected


def test_an_unknown_message_is_kept_as_it_stands() -> None:
    assert in_chinese("something quite new") == "something quite new"
    assert engine_words("something quite new").en == "something quite new"


def test_several_messages_stay_several() -> None:
    found = engine_words("correlation beyond 1: A with B = 1.2; something new")
    assert found.zh == "相关超过 1：A 与 B = 1.2；something new"
    assert found.en == "correlation beyond 1: A with B = 1.2; something new"


def test_every_kind_is_a_pattern_with_chinese_words() -> None:
    for pattern, words in KINDS:
        names = set(re.compile(pattern).groupindex)
        assert set(re.findall(r"\{(\w)\}", words)) <= names, pattern
        assert CHINESE.search(words)


def test_what_a_real_fit_complains_of_is_known() -> None:
    """Troubles the engine really meets: a Heywood case, a model with too many parameters, a missing item."""
    rng = np.random.default_rng(1)
    common = rng.standard_normal(60)
    data = pd.DataFrame({f"x{i}": common * 0.9 + 0.3 * rng.standard_normal(60) for i in range(1, 5)})
    data["x2"] = data["x1"] + 0.01 * rng.standard_normal(60)
    said = [
        *fit("f =~ x1 + x2", data).problems,
        *fit("f =~ x1 + x2 + x3\ng =~ x3 + x4 + x1", data).problems,
    ]
    with pytest.raises(ValueError, match="z9") as caught:
        fit("f =~ x1 + x2 + z9", data)
    said.append(str(caught.value))
    assert said
    for message in said:
        assert CHINESE.search(engine_words(message).zh), message
