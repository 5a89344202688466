"""SPSS syntax: labels, keying, reliability of every score, and the exploratory factors.

ULS extraction gives minres loadings (Harman & Jones, 1966); oblimin there is without Kaiser normalisation as
here. ICC of consistency, average measures, has the interval of alpha (Feldt, 1965).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.interchange.dataset import Choices, Dataset, Variable, score_items
from analysis.interchange.spss_file import LABEL_BYTES, VALUE_LABEL_BYTES, clipped
from instruments import Instrument

WIDTH = 70


def _quoted(text: str) -> str:
    return "'" + " ".join(text.split()).replace("'", "''") + "'"


def keyed_name(variable: Variable) -> str:
    """The name of an item in the direction of its construct: reversed ones get a variable of their own."""
    return f"{variable.name}_r" if variable.mirrored is not None else variable.name


def _listed(names: Sequence[str]) -> str:
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {name}".strip()
    return "\n    ".join([*lines, line])


def spss_syntax(instrument: Instrument, dataset: Dataset, _choices: Choices) -> str:
    """The commands; the file rows.sav lies beside them."""
    parts = [*_head(dataset), *_labels(dataset), *_keying(dataset)]
    parts += [*_reliability(instrument, dataset), *_factors(instrument, dataset)]
    return "\n".join(parts) + "\n"


def _head(dataset: Dataset) -> Iterator[str]:
    yield f"* {dataset.title} ({dataset.instrument})."
    for key, value in dataset.facts.items():
        yield f"* {key}: {' '.join(value.split())}."
    yield "SET UNICODE=ON."
    yield "GET FILE='rows.sav'."


def _labels(dataset: Dataset) -> Iterator[str]:
    yield "\n* Labels: rows.sav has them; they are repeated here for data read from rows.csv."
    for variable in dataset.variables:
        yield f"VARIABLE LABELS {variable.name} {_quoted(clipped(variable.label, LABEL_BYTES))}."
        if variable.values:
            yield f"VALUE LABELS {variable.name}"
            yield "\n".join(_value_lines(variable)) + "."
        if variable.missing:
            yield f"MISSING VALUES {variable.name} ({', '.join(map(str, variable.missing))})."
        yield f"VARIABLE LEVEL {variable.name} ({variable.measure.upper()})."


def _value_lines(variable: Variable) -> list[str]:
    return [
        f"  {code if variable.is_number else _quoted(code)} {_quoted(clipped(label, VALUE_LABEL_BYTES))}"
        for code, label in variable.values.items()
    ]


def _keying(dataset: Dataset) -> Iterator[str]:
    yield "\n* Reversed items in the direction of their construct."
    for variable in dataset.items():
        if variable.mirrored is not None:
            yield f"COMPUTE {keyed_name(variable)} = {variable.mirrored} - {variable.name}."
    yield "EXECUTE."


def _reliability(instrument: Instrument, dataset: Dataset) -> Iterator[str]:
    keyed = {variable.name: keyed_name(variable) for variable in dataset.items()}
    yield "\n* Alpha with its interval (average measures) and item statistics, of every score."
    for score, items in score_items(instrument, dataset).items():
        yield (
            f"RELIABILITY\n  /VARIABLES={_listed([keyed[item] for item in items])}\n"
            f"  /SCALE('{score}') ALL\n  /MODEL=ALPHA\n  /STATISTICS=DESCRIPTIVE SCALE CORR\n"
            "  /SUMMARY=TOTAL\n  /ICC=MODEL(MIXED) TYPE(CONSISTENCY) CIN=95 TESTVAL=0."
        )


def _factors(instrument: Instrument, dataset: Dataset) -> Iterator[str]:
    names = _listed([keyed_name(variable) for variable in dataset.items()])
    number = max(1, len(instrument.dimensions()))
    yield "\n* KMO, Bartlett, and exploratory factors: minres (ULS), oblimin without Kaiser normalisation."
    yield (
        f"FACTOR\n  /VARIABLES {names}\n  /MISSING LISTWISE\n  /ANALYSIS {names}\n"
        f"  /PRINT INITIAL KMO EXTRACTION ROTATION\n"
        f"  /CRITERIA FACTORS({number}) ITERATE(500) NOKAISER\n  /EXTRACTION ULS\n"
        f"  /CRITERIA ITERATE(500) DELTA(0)\n  /ROTATION OBLIMIN\n  /METHOD=CORRELATION."
    )
