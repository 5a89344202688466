"""`make bench`: run every benchmark and print its ratios."""

from __future__ import annotations

import platform

from benchmarks import factor_analysis, journeys

for benchmark in (journeys, factor_analysis):
    for ratio in benchmark.measure():
        print(ratio, flush=True)
print(f"Python {platform.python_version()}, {platform.machine()}")
