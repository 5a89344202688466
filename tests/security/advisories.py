"""`python -m tests.security.advisories`: known vulnerabilities of the locked packages.

Part of `make check`. A vulnerability fails; a service that cannot be reached is said and does not, because
departments build on closed networks. What could not be looked up is counted: silence is no clean bill.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
SECONDS = 240
# advisory → why it does not concern us; an entry that no longer matches anything is reported
ACCEPTED: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in one lock: "package version: advisory", how many were looked up, how many not."""

    vulnerable: tuple[str, ...]
    accepted: tuple[str, ...]
    looked_up: int
    unknown: int


def command(lock: str) -> list[str]:
    """The call: nothing is resolved or installed, every line of the lock must carry its hash."""
    program = Path(sys.executable).with_name("pip-audit")
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--timeout", "10"]
    return [str(program), *options, "--format", "json", "--requirement", lock]


def read(report: str, accepted: Mapping[str, str] = ACCEPTED) -> Findings:
    """The service's answer. Raises ValueError when it is none."""
    dependencies: Iterable[dict[str, Any]] = json.loads(report)["dependencies"]
    vulnerable, waived = [], []
    looked_up = unknown = 0
    for one in dependencies:
        if "skip_reason" in one:
            unknown += 1
            continue
        looked_up += 1
        for advisory in one["vulns"]:
            names = {advisory["id"], *advisory.get("aliases", ())}
            line = f"{one['name']} {one['version']}: {advisory['id']}"
            known = sorted(names & set(accepted))
            if known:
                waived.append(f"{line} ({accepted[known[0]]})")
            else:
                fixed = ", ".join(advisory.get("fix_versions", ())) or "–"
                vulnerable.append(f"{line} (fixed in {fixed})")
    return Findings(tuple(vulnerable), tuple(waived), looked_up, unknown)


def audit(lock: str, call: list[str] | None = None) -> tuple[int, list[str]]:
    """Exit code and what to say of one lock file: 1 for a vulnerability or for a lock that is refused."""
    try:
        done = subprocess.run(
            call or command(lock), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return 0, [
            f"{lock}: advisory service did not answer in {SECONDS} s: not audited / 漏洞库无应答，未审计"
        ]
    try:
        found = read(done.stdout)
    except (ValueError, KeyError, TypeError):
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        if unreachable(done.stderr):
            kind = last.split(":", 1)[0]
            return 0, [f"{lock}: advisory service unreachable ({kind}): not audited / 漏洞库不可达，未审计"]
        return 1, [f"{lock}: {last}"]
    said = [f"{lock}: {line}" for line in (*found.vulnerable, *found.accepted)]
    said.append(
        f"{lock}: {found.looked_up} packages looked up, {len(found.vulnerable)} with a known vulnerability"
        + (f"; {found.unknown} unknown to the service, not audited / 未审计" if found.unknown else "")
    )
    return (1 if found.vulnerable else 0), said


def unreachable(errors: str) -> bool:
    """Whether it was the network, and not the lock, that failed."""
    signs = ("ConnectionError", "ProxyError", "ConnectTimeout", "ReadTimeout", "SSLError", "ServiceError")
    return any(sign in errors for sign in signs)


def main() -> int:
    """Audit both locks; 1 when either has a known vulnerability."""
    worst = 0
    for lock in LOCKS:
        code, said = audit(lock)
        worst = max(worst, code)
        sys.stdout.write("".join(f"{line}\n" for line in said))
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
