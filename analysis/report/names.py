"""Names of items, scores, factors and models in both languages, taken from the instrument's wording."""

from __future__ import annotations

from analysis.report.document import Text
from instruments import Instrument, Wording


def _both(instrument: Instrument) -> tuple[Wording, Wording]:
    """Chinese and English wording; a language the instrument lacks falls back on its default."""
    have = instrument.locales
    default = instrument.default_locale
    return (
        instrument.words("zh-CN" if "zh-CN" in have else default),
        instrument.words("en" if "en" in have else default),
    )


def instrument_title(instrument: Instrument) -> Text:
    """The instrument's title."""
    zh, en = _both(instrument)
    return Text(zh.title, en.title)


def item_text(instrument: Instrument, code: str) -> Text:
    """The statement of an item, as the respondent reads it about himself."""
    zh, en = _both(instrument)
    return Text(zh.item(code), en.item(code))


def construct_title(instrument: Instrument, construct_id: str) -> Text:
    """Title of a construct or of the score of the same id; the id itself where there is none."""
    zh, en = _both(instrument)
    if construct_id in zh.constructs and construct_id in en.constructs:
        return Text(zh.constructs[construct_id].title, en.constructs[construct_id].title)
    return Text(zh.scores.get(construct_id, construct_id), en.scores.get(construct_id, construct_id))


def model_title(instrument: Instrument, model_id: str) -> Text:
    """What a model of the instrument says; its id where the wording is silent."""
    zh, en = _both(instrument)
    return Text(zh.models.get(model_id, model_id), en.models.get(model_id, model_id))


def factor_title(instrument: Instrument, factor: str) -> Text:
    """Title of a factor of a model: the construct whose id it is in any case of letters."""
    found = construct_title(instrument, factor.lower())
    return found if found.zh != factor.lower() else Text(factor, factor)


def category_labels(instrument: Instrument, scale: str) -> dict[int, Text]:
    """Category → its label; the 不了解 option left out."""
    zh, en = _both(instrument)
    values = instrument.scales[scale].values
    return {v: Text(zh.scales[scale].get(v, str(v)), en.scales[scale].get(v, str(v))) for v in values}


def background_text(instrument: Instrument, question: str) -> Text:
    """The text of a background question."""
    zh, en = _both(instrument)
    if question not in zh.background or question not in en.background:
        return Text(question, question)
    return Text(zh.background[question].text, en.background[question].text)


def background_option(instrument: Instrument, question: str, option: str) -> Text:
    """The label of one option of a background question; the code itself where there is none."""
    zh, en = _both(instrument)
    if question not in zh.background or question not in en.background:
        return Text(option, option)
    return Text(
        zh.background[question].options.get(option, option),
        en.background[question].options.get(option, option),
    )
