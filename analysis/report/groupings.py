"""The groupings an instrument declares for invariance: each person's group, merged as the instrument says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.report.document import Text
from analysis.report.names import background_option, background_text
from analysis.report.sample import Sample
from instruments.instrument import BackgroundQuestion

NAME_JOIN = ("、", "/")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouping:
    """One declared grouping: groups = labels aligned with the sample's rows, None for people without one."""

    id: str
    title: Text
    groups: pd.Series
    names: dict[str, Text]


def groupings(sample: Sample) -> tuple[Grouping, ...]:
    """Every background question marked for invariance that the data have answers to."""
    return tuple(
        _grouping(sample, question)
        for question in sample.instrument.background
        if "invariance" in question.use
        and question.id in sample.background
        and sample.background[question.id].notna().any()
    )


def _grouping(sample: Sample, question: BackgroundQuestion) -> Grouping:
    merged = question.groups()
    group_of = {option: group for group, options in merged.items() for option in options}
    answers = sample.background[question.id]
    return Grouping(
        id=question.id,
        title=background_text(sample.instrument, question.id),
        groups=answers.map(group_of, na_action="ignore").astype(object),
        names={group: _name(sample, question.id, options) for group, options in merged.items()},
    )


def _name(sample: Sample, question: str, options: tuple[str, ...]) -> Text:
    """The labels of the options that make a group."""
    labels = [background_option(sample.instrument, question, option) for option in options]
    return Text(NAME_JOIN[0].join(t.zh for t in labels), NAME_JOIN[1].join(t.en for t in labels))
