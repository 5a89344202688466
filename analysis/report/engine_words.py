"""What the engine says about a fit, in the words of a Chinese report: one table of kinds of message.

The engine names its troubles in English, with the parameter and the value. A message that fits no kind is
given as it stands in both languages, so that nothing is lost.
"""

from __future__ import annotations

import re

from analysis.report.document import Text

KINDS: tuple[tuple[str, str], ...] = (
    (r"not converged: the estimates run away: (?P<a>.+)", "未收敛：估计值不断变大（{a}）"),
    (r"not converged: no convergence after (?P<a>\d+) steps", "未收敛：迭代 {a} 步仍未收敛"),
    (
        r"not converged: no step lowers the discrepancy further, but its slope is not zero",
        "未收敛：差异函数不再下降，但斜率不为零",
    ),
    (r"not converged: (?P<a>.+)", "未收敛：{a}"),
    (
        r"not identified: (?P<a>\d+) parameters for (?P<b>\d+) moments \(df = (?P<c>-?\d+)\)",
        "不可识别：{a} 个参数，只有 {b} 个矩（自由度 {c}）",
    ),
    (r"not identified: the data cannot tell apart (?P<a>.+)", "不可识别：数据区分不开 {a}"),
    (r"negative variance: (?P<a>.+) = (?P<b>\S+) \(Heywood case\)", "方差为负：{a} = {b}（Heywood 情形）"),
    (
        r"correlation beyond 1: (?P<a>\S+) with (?P<b>\S+) in group (?P<c>.+) = (?P<d>\S+)",
        "相关超过 1：{a} 与 {b}（{c} 组）= {d}",
    ),
    (r"correlation beyond 1: (?P<a>\S+) with (?P<b>\S+) = (?P<c>\S+)", "相关超过 1：{a} 与 {b} = {c}"),
    (
        r"the latent covariance matrix in group (?P<c>.+) is not positive definite \((?P<a>.+)\)",
        "{c} 组的因子协方差矩阵不是正定的（{a}）",
    ),
    (
        r"the latent covariance matrix is not positive definite \((?P<a>.+)\)",
        "因子协方差矩阵不是正定的（{a}）",
    ),
    (
        r"the residual covariance matrix(?: in group (?P<c>.+))? is not positive definite \((?P<a>.+)\)",
        "残差协方差矩阵不是正定的（{a}）",
    ),
    (r"standardised loading beyond 1: (?P<a>.+) = (?P<b>\S+)", "标准化载荷超过 1：{a} = {b}"),
    (r"the definition (?P<a>.+) has no value", "定义的参数 {a} 没有值"),
    (r"item (?P<a>\S+) has only one category(?P<b>.*)", "{a} 只有一个类别有人选{b}"),
    (
        r"item (?P<a>\S+): category (?P<b>\S+) is empty in group (?P<c>.+); merge it with a neighbour",
        "{a} 的类别 {b} 在 {c} 组无人选，须与相邻类别合并",
    ),
    (r"perfectly associated items(?P<c>.*): (?P<a>\S+) with (?P<b>\S+)", "题目完全相关：{a} 与 {b}{c}"),
    (r"perfectly collinear(?P<b>.*): (?P<a>.+)", "题目完全线性相关：{a}{b}"),
    (r"no usable row.*", "没有可用的行"),
    (
        r"(?P<a>\d+) of (?P<b>\d+) rows were left out: missing values \(listwise\)",
        "共 {b} 行，{a} 行有缺失，没有使用（列删法）",
    ),
    (
        r"(?P<a>\d+) complete rows(?: in group (?P<c>.+))? for (?P<b>\d+) observed variables: "
        r"the covariance is singular",
        "答全的 {a} 人不多于题数 {b}，协方差矩阵奇异",
    ),
    (
        r"'(?P<a>[^']+)' is constant(?: in group (?P<c>.+))? \(every value is (?P<b>\S+), n = (?P<d>\d+)\)",
        "{a} 人人作答相同（都是 {b}，{d} 人）",
    ),
    (r"'(?P<a>[^']+)' has no value(?: in group (?P<c>.+))?", "{a} 无人作答"),
    (
        r"'(?P<a>[^']+)' and '(?P<b>[^']+)' are answered together by fewer than two rows",
        "同时答了 {a} 和 {b} 的不足两人",
    ),
    (
        r"the model could not be fitted to its own implied matrix: .+",
        "模型拟合不了它自己蕴含的矩阵，不能模拟界值",
    ),
    (r"no unique variance would be left to (?P<a>\S+)", "误设后 {a} 没有独特方差，不能模拟界值"),
    (
        r"the unrestricted covariance matrix is singular: items are collinear, or too much is missing",
        "协方差矩阵奇异：题目线性相关，或缺失太多",
    ),
    (r"the model names (?P<a>.+), which the data do not have", "数据中没有模型所需的 {a}"),
    (r"no residuals: (?P<a>.*)", "没有残差：{a}"),
    (
        r"no item loads on one factor only: give the levels of misspecification yourself",
        "没有只属一个因子的题目，界值的误设规则用不上",
    ),
    (r"dynamic cut-offs need a usable fit \((?P<a>\w+): (?P<b>.*)\)", "模型的估计不可用，不能模拟界值：{b}"),
    (r"dynamic cut-offs are defined for a single group", "动态界值只用于单组模型"),
    (
        r"dynamic cut-offs of a one-factor model need four items or more",
        "单因素模型不足四题，不能模拟界值",
    ),
    (
        r"the population matrix of level (?P<a>\d+) is not positive definite",
        "误设水平 {a} 的总体相关矩阵不是正定的",
    ),
    (
        r"the categories of (?P<a>.+) cannot have the correlation the model implies",
        "{a} 的作答分布达不到模型要求的相关",
    ),
    (r"a model cannot be compared: (?P<a>.*)", "模型不可比较：{a}"),
)
IN_GROUP = re.compile(r" in group (\d+)")
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in KINDS)


def in_chinese(message: str) -> str:
    """One message of the engine in Chinese; as it stands when it is of no known kind."""
    for pattern, words in _COMPILED:
        match = pattern.fullmatch(message)
        if match:
            parts = {name: value or "" for name, value in match.groupdict().items()}
            if "估计不可用" in words:
                parts["b"] = in_chinese(parts["b"])
            return IN_GROUP.sub(r"（第 \1 组）", words.format(**parts))
    return message


def engine_words(messages: str | tuple[str, ...]) -> Text:
    """Messages of the engine in both languages; a string holds several parted by "; "."""
    found = tuple(messages.split("; ")) if isinstance(messages, str) else messages
    return Text("；".join(_chinese_half(m) for m in found), "; ".join(_english_half(m) for m in found))


def _chinese_half(message: str) -> str:
    """A message that brings both languages keeps its Chinese; any other is looked up."""
    zh, slash, _ = message.partition(" / ")
    return zh if slash else in_chinese(message)


def _english_half(message: str) -> str:
    _, slash, en = message.partition(" / ")
    return en if slash else message
