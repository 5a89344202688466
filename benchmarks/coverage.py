"""`python -m benchmarks.coverage`: do 95 % intervals cover on the product's own model?

Eight indicators under four dimensions (32 items), n = 500: ML and MLR on normal data, WLSMV on five ordinal
categories. Prints mean, lowest and highest coverage over parameters; fails outside 93 to 97 % on average.
"""

from __future__ import annotations

import re
import sys
import time
from importlib import resources

from analysis.sem.monte_carlo import monte_carlo, values_in_model
from analysis.sem.simulation import population_from_syntax

LOADINGS = (0.78, 0.72, 0.68, 0.74)
DIMENSION_LOADING = 0.82
DIMENSION_CORRELATION = 0.55
CUTS = (-2.0, -1.4, -0.6, 0.6)


def syntaxes() -> tuple[str, str, list[str]]:
    """The model, the same with values and thresholds, and its items."""
    model = resources.files("instruments").joinpath("dandang-jsjb/0.1.0/models/a5.lav").read_text("utf-8")
    items: list[str] = []
    lines, dimensions = [], []
    for line in filter(str.strip, model.splitlines()):
        factor, names = (side.strip() for side in line.split("=~"))
        parts = re.split(r"\s*\+\s*", names)
        if all("_" in name for name in parts):
            items += parts
            values = LOADINGS
        else:
            dimensions.append(factor)
            values = (DIMENSION_LOADING,) * len(parts)
        lines.append(f"{factor} =~ " + " + ".join(f"{v}*{n}" for v, n in zip(values, parts, strict=True)))
    lines += [
        f"{a} ~~ {DIMENSION_CORRELATION}*{b}" for k, a in enumerate(dimensions) for b in dimensions[k + 1 :]
    ]
    return model, "\n".join(lines), items


def main(replications: int, processes: int = 2) -> int:
    """Run the three studies; the exit status says whether all cover."""
    model, truth, items = syntaxes()
    cuts = "\n".join(f"{v} | " + " + ".join(f"{c}*t{k + 1}" for k, c in enumerate(CUTS)) for v in items)
    normal = population_from_syntax(truth, standardized=True)
    ordinal = population_from_syntax(f"{truth}\n{cuts}", standardized=True)
    failed = 0
    for estimator in ("ML", "MLR", "WLSMV"):
        started = time.perf_counter()
        options = {"ordered": items} if estimator == "WLSMV" else {}
        population = ordinal if options else normal
        study = monte_carlo(
            population,
            model,
            n=500,
            replications=replications,
            seed=2024,
            processes=processes,
            estimator=estimator,
            std_lv=True,
            truth=values_in_model(population, model, std_lv=True),
            **options,
        )
        coverage = study.parameters["coverage"].dropna()
        failed += not 0.93 <= coverage.mean() <= 0.97
        print(
            f"{estimator}: {replications} replications, coverage mean {coverage.mean():.3f}, "
            f"lowest {coverage.min():.3f}, highest {coverage.max():.3f} of {len(coverage)} parameters, "
            f"converged {study.converged:.3f}, admissible {study.admissible:.3f}, "
            f"fit rejected {study.rejected:.3f}, {time.perf_counter() - started:.0f} s",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
