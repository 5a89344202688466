"""What is called careless, declared before anyone answers: the limits of an instrument version, and its form.

Meade & Craig (2012); Huang et al. (2012, page time); Bowling et al. (2021). A flag marks, it never deletes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from instruments import Instrument

# Rules that may flag, in the order of the report; the first two speak for themselves, so that one of them
# must be among the two or more rules that propose an exclusion.
DIRECT_RULES = ("directed", "use_me")
RULES = (*DIRECT_RULES, "page_time", "longstring", "irv", "even_odd", "synonyms", "mahalanobis")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRules:
    """Limits of every rule, and what they are applied to.

    items: content items in the order shown. constructs: construct → its items (lowest level with two or more
    items), for even–odd. reversed_items: item → min + max of its scale. directed: attention item → the
    answer it asks for. use_me: diligence question → the options that say "do not use my answers".
    pages: page number (from 1, as text) → number of items on it, attention items included.
    """

    items: tuple[str, ...]
    constructs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reversed_items: Mapping[str, int] = field(default_factory=dict)
    directed: Mapping[str, int] = field(default_factory=dict)
    use_me: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pages: Mapping[str, int] = field(default_factory=dict)
    seconds_per_item: float = 2.0  # below it a page is fast
    fast_pages: int = 1  # so many fast pages flag
    longstring: int | None = None  # longer runs flag
    irv_share: float = 0.05  # within the lowest share of the sample
    irv_below: float = 0.35  # and below this SD
    even_odd_below: float = 0.30  # also the limit of psychometric synonyms
    mahalanobis_p: float = 0.001
    synonym_r: float = 0.60  # items that correlate above it are synonyms
    antonym_r: float = -0.40  # below it antonyms: described, no rule
    rules_to_exclude: int = 2  # of which one is directed or use-me
    declared_in: str = ""  # "id/version" of the instrument, or "" for rules set by hand


def declared_rules(instrument: Instrument, form: str | None = None) -> ScreeningRules:
    """The rules declared by an instrument version, for one of its forms. Raises KeyError for another form.

    Even–odd takes the indicators, or the dimensions where there are no indicators. A diligence question
    counts as "use me" when one of its options is `no`.
    """
    served = instrument.forms[form or instrument.default_form]
    limits, attention = instrument.quality.flags, instrument.quality.attention
    shown = {code for page in served.pages for code in page}
    levels = instrument.indicators() or instrument.dimensions()
    constructs = {
        node.id: tuple(item for item in instrument.items_of(node.id) if item in served.items)
        for node in levels
    }
    scales = {item: instrument.scale_of(item) for item in served.items}
    return ScreeningRules(
        items=served.items,
        constructs={name: items for name, items in constructs.items() if len(items) > 1},
        reversed_items={i: s.min + s.max for i, s in scales.items() if instrument.items[i].reverse},
        directed={code: item.expected for code, item in attention.items() if code in shown},
        use_me={q.id: ("no",) for q in instrument.quality.diligence if "no" in q.options},
        pages={str(number): len(page) for number, page in enumerate(served.pages, start=1)},
        seconds_per_item=limits.seconds_per_item,
        longstring=limits.longstring,
        irv_share=limits.irv_share,
        irv_below=limits.irv_below,
        even_odd_below=limits.even_odd_below,
        mahalanobis_p=limits.mahalanobis_p,
        declared_in=instrument.ref,
    )
