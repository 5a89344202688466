"""A known vulnerability fails the check; a silent network is said, and does not."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.security import advisories

ROOT = Path(__file__).parents[2]
SOUND = {"name": "alembic", "version": "1.0", "vulns": []}
BAD = {
    "name": "jinja2",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2"], "fix_versions": ["2.1"]}],
}
UNKNOWN = {"name": "numpy", "skip_reason": "not found"}


def saying(out: str, err: str = "", code: int = 0) -> list[str]:
    script = f"import sys; sys.stdout.write({out!r}); sys.stderr.write({err!r}); sys.exit({code})"
    return [sys.executable, "-c", script]


def report(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_sound_packages_pass_and_the_unknown_are_counted() -> None:
    code, said = advisories.audit("x.lock", saying(report(SOUND, UNKNOWN)))
    assert code == 0
    assert "1 packages looked up, 0 with a known vulnerability; 1 unknown" in said[-1]


def test_a_known_vulnerability_fails_and_is_named() -> None:
    code, said = advisories.audit("x.lock", saying(report(SOUND, BAD), code=1))
    assert code == 1
    assert "jinja2 2.0: PYSEC-1 (fixed in 2.1)" in said[0]


def test_an_accepted_advisory_is_said_with_its_reason() -> None:
    found = advisories.read(report(BAD), {"CVE-2": "we do not call it"})
    assert found.vulnerable == ()
    assert "we do not call it" in found.accepted[0]


def test_a_silent_network_is_said_and_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = advisories.audit("x.lock", saying("", "urllib3…\nrequests.exceptions.ProxyError: x", 1))
    assert code == 0
    assert "unreachable" in said[0]
    monkeypatch.setattr(advisories, "SECONDS", 0.2)
    code, said = advisories.audit("x.lock", [sys.executable, "-c", "import time; time.sleep(5)"])
    assert code == 0
    assert "did not answer" in said[0]


def test_a_lock_without_hashes_fails(tmp_path: Path) -> None:
    lock = tmp_path / "bare.lock"
    lock.write_text("jinja2==3.1.6\n")
    code, said = advisories.audit(str(lock))
    assert code == 1, said


def test_bandit_finds_what_is_planted_and_every_waiver_has_its_reason(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("import subprocess\nsubprocess.run('ls ' + input(), shell=True)\n")
    bandit = Path(sys.executable).with_name("bandit")
    call = [str(bandit), "-q", "-c", str(ROOT / "pyproject.toml"), str(planted)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 1, shlex.join(call)
    assert "B602" in done.stdout
    for path in (
        p for room in ("app", "analysis", "instruments", "migrations") for p in (ROOT / room).rglob("*.py")
    ):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if "# nosec" in line:
                identifier, _, reason = line.partition("# nosec ")[2].partition(" ")
                assert identifier.startswith("B"), f"{path}:{number}"
                assert len(reason.strip(" #-")) > 8, f"{path}:{number}: no reason"
