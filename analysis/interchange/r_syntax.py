"""An R script for lavaan that computes our numbers again: models, reliability, invariance.

The script stands alone: it reads rows.csv beside it, keys the answers as we do, and writes three tables
(lavaan-fit.csv, lavaan-parameters.csv, lavaan-reliability.csv) and a fourth on invariance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from analysis.interchange.dataset import Choices, Dataset, score_items
from analysis.invariance import MIN_GROUP
from analysis.sem.invariance_steps import CONTINUOUS_STEPS, step_model
from analysis.sem.syntax import parse
from analysis.sem.variables import classify
from instruments import Instrument
from instruments.instrument import ModelSpec

WIDTH = 76
MEASURES = (
    "npar", "chisq", "df", "pvalue", "cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "srmr",
    "aic", "bic", "chisq.scaled", "df.scaled", "pvalue.scaled", "cfi.robust", "tli.robust", "rmsea.robust",
    "rmsea.ci.lower.robust", "rmsea.ci.upper.robust",
)  # fmt: skip
ROBUST = (
    "chisq.scaled", "df.scaled", "pvalue.scaled", "cfi.robust", "tli.robust", "rmsea.robust", "srmr", "bic",
)  # fmt: skip

READ = """\
library(lavaan)

arguments <- commandArgs(trailingOnly = TRUE)
here <- if (length(arguments) > 0) arguments[1] else "."
rows <- read.csv(file.path(here, "rows.csv"), na.strings = "", colClasses = "character", encoding = "UTF-8")
"""

KEYED = """\
keyed <- as.data.frame(lapply(rows[items], as.numeric))
for (item in items) {  # what is no amount (not known) counts as missing
  range <- ranges[[item]]
  keyed[[item]][!(keyed[[item]] %in% seq(range[1], range[2]))] <- NA
}
for (item in names(reversed)) keyed[[item]] <- reversed[[item]] - keyed[[item]]
"""

FIT = """\
table_of <- function(id, fit, wanted) {
  values <- fitMeasures(fit)
  found <- values[intersect(wanted, names(values))]
  data.frame(model = id, measure = names(found), value = as.numeric(found))
}

fitted_tables <- list()
parameter_tables <- list()
for (id in names(models)) {
  one <- models[[id]]
  fit <- tryCatch(
    cfa(one$syntax, data = used, estimator = estimator, missing = missing,
        std.lv = one$std.lv, orthogonal = one$orthogonal),
    error = function(problem) { message(id, ": ", conditionMessage(problem)); NULL }
  )
  if (is.null(fit) || !lavInspect(fit, "converged")) next
  fitted_tables[[id]] <- table_of(id, fit, measures)
  estimates <- parameterEstimates(fit, standardized = TRUE)
  parameter_tables[[id]] <- data.frame(model = id, estimates[c("lhs", "op", "rhs", "est", "se", "std.all")])
}
fitted <- do.call(rbind, fitted_tables)
parameters <- do.call(rbind, parameter_tables)
print(reshape(fitted, idvar = "model", timevar = "measure", direction = "wide"),
      row.names = FALSE, digits = 4)
write.csv(fitted, file.path(here, "lavaan-fit.csv"), row.names = FALSE)
write.csv(parameters, file.path(here, "lavaan-parameters.csv"), row.names = FALSE)
"""

RELIABILITY = """\
# alpha with Feldt's interval; omega total of one factor by maximum likelihood, delta-method interval
reliability_of <- function(score, items) {
  data <- keyed[items]
  data <- data[complete.cases(data), ]
  n <- nrow(data)
  k <- length(items)
  S <- cov(data)
  alpha <- k / (k - 1) * (1 - sum(diag(S)) / sum(S))
  bounds <- 1 - (1 - alpha) * qf(c(0.975, 0.025), n - 1, (n - 1) * (k - 1))
  omega <- c(NA, NA, NA)
  if (k > 2) {
    index <- seq_len(k)
    common <- paste0("(", paste0("l", index, collapse = " + "), ")^2")
    model <- c(
      paste("F =~", paste0("l", index, "*", items, collapse = " + ")),
      paste0(items, " ~~ t", index, "*", items),
      paste("omega :=", common, "/ (", common, "+", paste0("t", index, collapse = " + "), ")")
    )
    fit <- tryCatch(cfa(model, data = data, std.lv = TRUE), error = function(problem) NULL)
    if (!is.null(fit) && lavInspect(fit, "converged")) {
      found <- parameterEstimates(fit)
      found <- found[found$label == "omega", ]
      omega <- c(found$est, found$ci.lower, found$ci.upper)
    }
  }
  data.frame(score = score, k = k, n = n, alpha = alpha, alpha.lower = bounds[1], alpha.upper = bounds[2],
             omega = omega[1], omega.lower = omega[2], omega.upper = omega[3])
}
reliability <- do.call(rbind, Map(reliability_of, names(scores), scores))
print(reliability, row.names = FALSE, digits = 3)
write.csv(reliability, file.path(here, "lavaan-reliability.csv"), row.names = FALSE)
"""

INVARIANCE = """\
# invariance: robust maximum likelihood, groups of at least {least} people
step_tables <- list()
for (one in ladders) {{
  grouped <- used
  grouped$group_ <- unname(one$groups[rows[rownames(used), one$column]])
  grouped <- grouped[grouped$group_ %in% one$kept, ]
  for (step in names(one$steps)) {{
    chosen <- one$steps[[step]]
    fit <- tryCatch(
      cfa(chosen$syntax, data = grouped, group = "group_", group.equal = chosen$equal, estimator = "MLR",
          missing = missing, meanstructure = TRUE, std.lv = one$std.lv, orthogonal = one$orthogonal),
      error = function(problem) {{ message(one$column, " ", step, ": ", conditionMessage(problem)); NULL }}
    )
    if (is.null(fit) || !lavInspect(fit, "converged")) next
    id <- paste(one$column, step)
    step_tables[[id]] <- cbind(grouping = one$column, step = step, table_of(id, fit, robust_measures))
  }}
}}
if (length(step_tables) > 0) {{
  steps <- do.call(rbind, step_tables)
  print(reshape(steps[c("model", "measure", "value")], idvar = "model", timevar = "measure",
                direction = "wide"), row.names = FALSE, digits = 4)
  write.csv(steps, file.path(here, "lavaan-invariance.csv"), row.names = FALSE)
}}
"""


def lavaan_script(instrument: Instrument, dataset: Dataset, choices: Choices) -> str:
    """The script. The answers stay in rows.csv; nothing of them is in it but the names of groups."""
    parts = [*_head(dataset), READ, *_keying(dataset), _used(choices)]
    parts += [f"measures <- {_vector(MEASURES)}", f"robust_measures <- {_vector(ROBUST)}", ""]
    parts += [f'estimator <- "{choices.estimator}"', f'missing <- "{choices.missing}"', ""]
    parts += [*_models(instrument, dataset), FIT]
    parts += [_named("scores", _score_lines(instrument, dataset)), RELIABILITY]
    ladders = [*_ladders(instrument, dataset, choices)]
    if ladders:
        parts += [_listing("ladders", ladders) + "\n", INVARIANCE.format(least=MIN_GROUP)]
    return "\n".join(parts)


def _head(dataset: Dataset) -> Iterator[str]:
    yield f"# {dataset.title} ({dataset.instrument})"
    for key, value in dataset.facts.items():
        yield f"# {key}: {' '.join(value.split())}"
    yield "# Rscript lavaan.R [folder]   (lavaan 0.6)\n"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _vector(names: Sequence[str]) -> str:
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > WIDTH:
            lines.append(line)
            line = ""
        line += f"{_string(name)}, "
    return "c(\n  " + "\n  ".join([*lines, line.rstrip(", ")]) + "\n)"


def _named(name: str, lines: Mapping[str, str], function: str = "list") -> str:
    inner = ",\n".join(f"  {_string(key)} = {value}" for key, value in lines.items())
    return f"{name} <- {function}(\n{inner}\n)\n" if lines else f"{name} <- {function}()\n"


def _listing(name: str, parts: Sequence[str], sign: str = " <- ") -> str:
    inner = ",\n".join(parts)
    return f"{name}{sign}list(\n{inner}\n)"


def _keying(dataset: Dataset) -> Iterator[str]:
    items = dataset.items()
    yield f"items <- {_vector([v.name for v in items])}"
    yield _named("ranges", {v.name: f"c({v.lowest}, {v.highest})" for v in items})
    yield "# reversed items: lowest + highest category"
    yield _named("reversed", {v.name: str(v.mirrored) for v in items if v.mirrored is not None}, "c")
    yield KEYED


def _used(choices: Choices) -> str:
    if choices.missing == "listwise":
        return "used <- keyed[complete.cases(keyed), ]  # people complete on every item, for every model\n"
    return "used <- keyed[rowSums(!is.na(keyed)) > 0, ]  # people with at least one answer\n"


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def usable_models(instrument: Instrument, dataset: Dataset) -> Iterator[ModelSpec]:
    """The models whose items are all among the columns."""
    present = {variable.name for variable in dataset.items()}
    for model in instrument.models:
        if set(classify(parse(model.syntax).formulas, {}).observed) <= present:
            yield model


def _models(instrument: Instrument, dataset: Dataset) -> Iterator[str]:
    titles = instrument.words(dataset.language).models
    made = {}
    for model in usable_models(instrument, dataset):
        title = " ".join(titles.get(model.id, model.id).split())
        made[model.id] = (
            f"list(  # {title}\n    std.lv = {_flag(model.std_lv)}, orthogonal = {_flag(model.orthogonal)},\n"
            f"    syntax = '\n{model.syntax.strip()}\n')"
        )
    yield _named("models", made)


def _score_lines(instrument: Instrument, dataset: Dataset) -> dict[str, str]:
    return {score: _vector(items) for score, items in score_items(instrument, dataset).items()}


def _ladders(instrument: Instrument, dataset: Dataset, choices: Choices) -> Iterator[str]:
    """One ladder a declared grouping with two groups that are large enough."""
    target = next(
        (m for m in usable_models(instrument, dataset) if m.id == instrument.evidence.target_model), None
    )
    if target is None:
        return
    answered = _usable_rows(dataset, choices)
    for variable in dataset.variables:
        if not variable.groups:
            continue
        counts: dict[str, int] = {}
        for cell, usable in zip(dataset.column(variable.name), answered, strict=True):
            if usable and str(cell) in variable.groups:
                group = variable.groups[str(cell)]
                counts[group] = counts.get(group, 0) + 1
        kept = [group for group, n in counts.items() if n >= MIN_GROUP]
        if len(kept) > 1:
            yield _ladder(target, variable.name, variable.groups, kept)


def _usable_rows(dataset: Dataset, choices: Choices) -> list[bool]:
    """Which people the confirmatory analyses use."""
    every = all if choices.missing == "listwise" else any
    places = [(k, v) for k, v in enumerate(dataset.variables) if v.kind == "item"]
    return [
        every(row[k] is not None and v.lowest <= row[k] <= v.highest for k, v in places)  # type: ignore[operator]  # items are numbers
        for row in dataset.rows
    ]


def _ladder(target: ModelSpec, column: str, groups: Mapping[str, str], kept: Sequence[str]) -> str:
    syntax = parse(target.syntax)
    variables = classify(syntax.formulas, {})
    steps = []
    for name, equal in CONTINUOUS_STEPS.items():
        if name == "structural":
            continue
        step = step_model(target.syntax, syntax, variables, {}, len(kept), equal)
        held = _vector(step.group_equal).replace("\n", "").replace("  ", "") if equal else '""'
        steps.append(f"      {name} = list(equal = {held}, syntax = '\n{step.model.strip()}\n')")
    named = ", ".join(f"{_string(value)} = {_string(group)}" for value, group in groups.items())
    return (
        f"  list(\n    column = {_string(column)}, groups = c({named}),\n    kept = {_vector(kept)},\n"
        f"    std.lv = {_flag(target.std_lv)}, orthogonal = {_flag(target.orthogonal)},\n"
        f"    {_listing('steps', steps, ' = ')}\n  )"
    )
