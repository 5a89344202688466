"""Agreement: of the members of a group, of raters and coders, of a person with himself later."""

from analysis.agreement.aggregation import (
    Aggregation,
    GroupICC,
    RandomGroups,
    aggregation,
    group_icc,
    random_groups,
)
from analysis.agreement.krippendorff import KrippendorffAlpha, krippendorff_alpha
from analysis.agreement.raters import RaterAgreement, RetestAgreement, rater_agreement, retest_agreement
from analysis.agreement.within_group import (
    GroupAgreement,
    a_wg,
    agreement_band,
    group_agreement,
    null_variances,
    r_wg,
)

__all__ = [
    "Aggregation",
    "GroupAgreement",
    "GroupICC",
    "KrippendorffAlpha",
    "RandomGroups",
    "RaterAgreement",
    "RetestAgreement",
    "a_wg",
    "aggregation",
    "agreement_band",
    "group_agreement",
    "group_icc",
    "krippendorff_alpha",
    "null_variances",
    "r_wg",
    "random_groups",
    "rater_agreement",
    "retest_agreement",
]
