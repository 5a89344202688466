"""Mplus input, one file a model: every parameter of the model is written out, none is left to a default.

Muthén & Muthén, Mplus User's Guide: names of eight characters, lines of ninety, `@` fixes and `*` frees.
Mplus adds the means to the model, so its AIC and BIC are those of a model with as many parameters more as
there are items, and its SRMR counts them; chi-square, df, CFI, TLI and RMSEA are ours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from analysis.interchange.dataset import Choices, Dataset
from analysis.interchange.plain_files import BLANK
from analysis.interchange.r_syntax import usable_models
from analysis.sem.parameter_table import ParameterTable, TableOptions, build_table
from analysis.sem.syntax import parse
from instruments import Instrument
from instruments.instrument import ModelSpec

NAME_LENGTH, LINE = 8, 88


def mplus_inputs(instrument: Instrument, dataset: Dataset, choices: Choices) -> dict[str, str]:
    """Model id → the text of its .inp file; the data are mplus.dat in the same folder."""
    titles = instrument.words("en" if "en" in instrument.locales else instrument.default_locale).models
    return {
        model.id: _input(model, titles.get(model.id, model.id), dataset, choices)
        for model in usable_models(instrument, dataset)
    }


def _input(model: ModelSpec, title: str, dataset: Dataset, choices: Choices) -> str:
    table = build_table(parse(model.syntax), TableOptions(std_lv=model.std_lv, orthogonal=model.orthogonal))
    items = [variable.name for variable in dataset.items()]
    names = short_names([*items, *table.variables.latent])
    lines = [
        *textwrap.wrap(f"TITLE: {dataset.instrument} {model.id}, {title};", LINE),
        "DATA: FILE = mplus.dat;",
        *(["  LISTWISE = ON;"] if choices.missing == "listwise" else []),
        "VARIABLE:",
        *_list("NAMES =", [names[item] for item in items]),
        *_list("USEVARIABLES =", [names[item] for item in items if item in table.variables.observed]),
        *_missing(dataset, names),
        *_keying(dataset, names, table.variables.observed),
        f"ANALYSIS: ESTIMATOR = {choices.estimator};",
        "MODEL:",
        *(f"  {line}" for line in model_lines(table, names)),
        "OUTPUT: STDYX CINTERVAL;",
    ]
    return "\n".join(lines) + "\n"


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Names of at most eight characters, all different in any letter case.

    >>> short_names(["conscientiousness_1", "conscientiousness_2", "a1"])
    {'conscientiousness_1': 'conscien', 'conscientiousness_2': 'conscie2', 'a1': 'a1'}
    """
    made: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short, number = name[:NAME_LENGTH], 1
        while short.upper() in taken:
            number += 1
            short = f"{name[: NAME_LENGTH - len(str(number))]}{number}"
        taken.add(short.upper())
        made[name] = short
    return made


def _list(head: str, names: Sequence[str]) -> list[str]:
    return textwrap.wrap(f"  {head} {' '.join(names)};", LINE, subsequent_indent="    ")


def _missing(dataset: Dataset, names: Mapping[str, str]) -> Iterator[str]:
    parts = [f"{names[v.name]} ({' '.join(map(str, (BLANK, *v.missing)))})" for v in dataset.items()]
    yield from _list("MISSING =", parts)


def _keying(dataset: Dataset, names: Mapping[str, str], used: Sequence[str]) -> Iterator[str]:
    mirrored = [v for v in dataset.items() if v.mirrored is not None and v.name in used]
    if mirrored:
        yield "DEFINE:"
        for variable in mirrored:
            yield f"  {names[variable.name]} = {variable.mirrored} - {names[variable.name]};"


def model_lines(table: ParameterTable, names: Mapping[str, str]) -> Iterator[str]:
    """Every parameter of the first group, then zeros for what Mplus would free by itself."""
    rows = [table.rows[k] for k in table.group_rows(1)]
    shared = {row.label for row in rows if row.label and sum(r.label == row.label for r in rows) > 1}
    said = set()
    for row in rows:
        left, right = names[row.lhs], names.get(row.rhs, "")
        how = (
            f"* ({row.label})" if row.free and row.label in shared else "*" if row.free else f"@{row.value:g}"
        )
        if row.op == "=~":
            yield f"{left} BY {right}{how};"
        elif row.op == "~":
            yield f"{left} ON {right}{how};"
        elif row.op == "~~":
            said.add(frozenset((row.lhs, row.rhs)))
            yield f"{left}{how};" if row.lhs == row.rhs else f"{left} WITH {right}{how};"
    latent = table.variables.latent_exogenous
    for place, one in enumerate(latent):
        for other in latent[place + 1 :]:
            if frozenset((one, other)) not in said:
                yield f"{names[one]} WITH {names[other]}@0;"
