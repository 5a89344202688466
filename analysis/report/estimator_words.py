"""How the structures were estimated, in words: the line under every table of them, and why this estimator."""

from __future__ import annotations

from analysis.estimator import EstimatorChoice
from analysis.report.document import Paragraph, Text, Value, count
from analysis.rivals import RivalFits

CORRECTED = Text(
    "题目按连续变量处理；χ² 为校正值（Yuan–Bentler），CFI、TLI、RMSEA 为稳健值，标准误稳健。",
    "items treated as continuous; scaled χ² (Yuan–Bentler), robust CFI, TLI and RMSEA, robust standard "
    "errors.",
)
METHOD = {
    ("MLR", "listwise"): Text(
        "稳健最大似然法（MLR），列删法：*N* = {n}（各题全答者，共 {total} 人）；" + CORRECTED.zh,
        "Robust maximum likelihood (MLR), listwise: *N* = {n} people complete on all items of {total}; "
        + CORRECTED.en,
    ),
    ("MLR", "fiml"): Text(
        "完全信息稳健最大似然法（FIML，MLR），用到至少答一题的 *N* = {n} 人（共 {total} 人）；"
        + CORRECTED.zh,
        "Full-information robust maximum likelihood (FIML, MLR): *N* = {n} people with at least one answer "
        "of {total}; " + CORRECTED.en,
    ),
    ("WLSMV", "listwise"): Text(
        "WLSMV（多分格相关，题目按有序类别处理），列删法：*N* = {n}（各题全答者，共 {total} 人）；"
        "χ² 与指标为 scaled；AIC、BIC 来自同一批人的 MLR。",
        "WLSMV (polychoric correlations, items as ordered categories), listwise: *N* = {n} people complete "
        "on all items of {total}; scaled χ² and indices; AIC and BIC from MLR on the same people.",
    ),
}
WHY = {
    "enough categories": Text(
        "多数题目用到五个以上选项，用 MLR。", "Most items have five categories or more in use: MLR."
    ),
    "few categories": Text(
        "半数以上题目用到的选项不足五个，按有序类别处理，用 WLSMV。",
        "Half of the items or more have fewer than five categories in use: ordered categories, WLSMV.",
    ),
    "missing answers": Text(
        "半数以上题目用到的选项不足五个，但要用全部不完整的答卷（FIML），仍用 MLR。",
        "Half of the items or more have fewer than five categories in use, but incomplete answers are "
        "kept (FIML): MLR.",
    ),
}


def method_text(fits: RivalFits) -> Text:
    """The method line; its values are `method_values`."""
    return METHOD[fits.estimator, fits.missing]


def method_values(fits: RivalFits) -> dict[str, Value]:
    """Values of the method line."""
    return {"n": count(fits.n), "total": count(fits.n_total)}


def choice_paragraph(choice: EstimatorChoice) -> Paragraph:
    """Why this estimator, with the values that decided."""
    return Paragraph(
        text=Text(
            "估计方法由数据决定（Rhemtulla 等，2012）：{items} 道题中 {few} 道用到的选项不足五个，最少的"
            "一道用到 {fewest} 个。偏度最大 {skewness}，峰度最大 {kurtosis}（按绝对值），{skewed} 道题超过 "
            "2 或 7。{why}",
            "The data decide the estimator (Rhemtulla et al., 2012): {few} of {items} items have fewer than "
            "five categories in use, the least {fewest}. Largest skewness {skewness}, largest kurtosis "
            "{kurtosis} (by size); {skewed} items beyond 2 or 7. {why}",
        ),
        values={
            "items": count(choice.n_items),
            "few": count(choice.n_few),
            "fewest": count(choice.fewest),
            "skewness": Value(number=choice.skewness, style="real"),
            "kurtosis": Value(number=choice.kurtosis, style="real"),
            "skewed": count(choice.n_skewed),
            "why": Value(number=WHY[choice.reason], style="text"),
        },
    )
