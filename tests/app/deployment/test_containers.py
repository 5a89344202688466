"""What the image runs, run here against PostgreSQL; and the files that describe it.

DANDANG_IMAGE_BIN names the bin directory of a clean environment (`make image-check`); otherwise this one.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from tests.postgres import Server, server

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "docker-compose.yml"
MUST_BE_SET = {"DANDANG_BASE_URL"}


def compose() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return made


def test_the_file_parses_and_names_three_services_and_their_order() -> None:
    services = compose()["services"]
    assert {"web", "worker", "postgres", "migrate"} <= services.keys()
    assert services["postgres"]["healthcheck"]["test"][1] == "pg_isready"
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert services[name]["environment"]["DANDANG_ENVIRONMENT"] == "production"
        mounts = [volume.split(":")[1] for volume in services[name]["volumes"]]
        assert services[name]["environment"]["DANDANG_KEY_DIRECTORY"] in mounts
    assert set(compose()["volumes"]) == {"home", "keys", "database"}
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def unset_defaults(text: str) -> set[str]:
    """Variables that could be left unset: with a default, or with neither default nor message."""
    return {
        name
        for name, rest in re.findall(r"\$\{(\w+)([^}]*)\}", text)
        if not (rest.startswith(":?") and len(rest) > 10)
    }


def test_no_secret_has_a_default_and_each_says_what_is_missing() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    assert {name for name, _ in re.findall(r"\$\{(\w+)([^}]*)\}", text)} >= MUST_BE_SET
    assert unset_defaults(text) == {"DANDANG_PORT"}
    assert unset_defaults(text.replace(":?请设置访问地址", ":-https://ceping")) == {
        "DANDANG_PORT",
        "DANDANG_BASE_URL",
    }


def open_secrets(made: dict[str, Any]) -> list[str]:
    """What stands in a service's environment and belongs into a file, or names a file it is not given."""
    found = []
    for name, service in made["services"].items():
        given = {f"/run/secrets/{one}" for one in service.get("secrets", ())}
        for key, value in service.get("environment", {}).items():
            said = f"{name}: {key}"
            if key.endswith("_FILE"):
                found += [] if value in given else [said]
            elif re.search("SECRET|PASSWORD", f"{key} {value}") or re.search("//[^/]*:[^/]*@", value):
                found.append(said)
    return found


def test_secrets_are_files_and_in_no_environment() -> None:
    made = compose()
    assert open_secrets(made) == []
    assert set(made["secrets"]) == {"secret", "database_password"}
    kept_out = [(ROOT / name).read_text(encoding="utf-8").split() for name in (".gitignore", ".dockerignore")]
    assert "/secrets/" in kept_out[0]
    assert "secrets" in kept_out[1]
    made["services"]["web"]["environment"] = {"DANDANG_SECRET": "${DANDANG_SECRET}"}  # the controls
    made["services"]["worker"]["environment"]["DANDANG_DATABASE_URL"] = "postgresql://dandang:x@postgres/d"
    made["services"]["postgres"]["secrets"] = []
    assert open_secrets(made) == [
        "postgres: POSTGRES_PASSWORD_FILE",
        "web: DANDANG_SECRET",
        "worker: DANDANG_DATABASE_URL",
    ]


def test_the_image_is_locked_and_not_root() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in text
    assert re.search(r"^USER dandang$", text, re.M)
    assert "://" not in text
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", "var", ".git"} <= set(ignored)


def dandang(service: str, *more: str) -> list[str]:
    """The command of a service, as this machine runs it."""
    named = os.environ.get("DANDANG_IMAGE_BIN")
    program = [f"{named}/dandang"] if named else [sys.executable, "-m", "app.cli"]
    command: list[str] = compose()["services"][service]["command"]
    assert command[0] == "dandang"
    return [*program, *command[1:], *more]


@pytest.fixture(scope="module")
def durable() -> Iterator[Server]:
    with server(durable=True) as started:
        yield started


@pytest.fixture
def environment(tmp_path: Path, durable: Server) -> Iterator[dict[str, str]]:
    """What the file gives a service, with this machine's places in it."""
    name = durable.create()
    given = compose()["services"]["web"]["environment"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DANDANG_")}
    (tmp_path / "secret").write_text("0123456789abcdef" * 4 + "\n", encoding="utf-8")
    address = make_url(durable.url(name))
    (tmp_path / "database_password").write_text(f"{address.password or 'unasked'}\n", encoding="utf-8")
    bare = address._replace(password=None)
    here = {
        "DANDANG_HOME": str(tmp_path / "home"),
        "DANDANG_KEY_DIRECTORY": str(tmp_path / "keys"),
        "DANDANG_SECRET_FILE": str(tmp_path / "secret"),
        "DANDANG_BASE_URL": "https://ceping.example.gov.cn",
        "DANDANG_DATABASE_PASSWORD_FILE": str(tmp_path / "database_password"),
        "DANDANG_DATABASE_URL": bare.render_as_string(),
        "DANDANG_JOBS_DATABASE_URL": bare.set(database=f"{name}_jobs").render_as_string(),
    }
    assert here.keys() | {"DANDANG_ENVIRONMENT"} == given.keys()
    yield kept | given | here
    durable.drop(name)
    durable.drop(f"{name}_jobs")


def _done(service: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        dandang(service), env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_the_services_start_in_their_order_and_stop(environment: dict[str, str]) -> None:
    early = _done("web", environment)
    assert early.returncode != 0
    assert "dandang migrate" in early.stderr
    migrated = _done("migrate", environment)
    assert migrated.returncode == 0, migrated.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web_command = [*dandang("web")[:-1], str(port)]
    web = subprocess.Popen(web_command, env=environment, cwd=ROOT)
    worker = subprocess.Popen(dandang("worker"), env=environment, cwd=ROOT)
    try:
        deadline, healthy = time.monotonic() + 60, False
        while not healthy and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                    healthy = answer.status == 200
            except OSError:
                time.sleep(0.3)
        assert healthy
        assert worker.poll() is None
    finally:
        web.terminate()
        worker.terminate()
        assert web.wait(40) == 0
        assert worker.wait(40) in {0, -15}  # told to stop before it had begun to listen for that


@pytest.mark.parametrize("missing", ["DANDANG_SECRET_FILE", "DANDANG_BASE_URL", "DANDANG_KEY_DIRECTORY"])
def test_without_what_must_be_set_nothing_starts(environment: dict[str, str], missing: str) -> None:
    refused = _done("migrate", {key: value for key, value in environment.items() if key != missing})
    assert refused.returncode != 0
    assert missing in refused.stderr


def test_a_server_that_does_not_wait_for_the_disk_is_refused(
    environment: dict[str, str], postgres: Server
) -> None:
    if os.environ.get("TEST_DATABASE_URL"):
        pytest.skip("a server of somebody else's: its settings are not ours to change")
    name = postgres.create()
    refused = _done(
        "migrate",
        environment
        | {"DANDANG_DATABASE_URL": make_url(postgres.url(name))._replace(password=None).render_as_string()},
    )
    postgres.drop(name)
    assert refused.returncode != 0
    assert "fsync=off" in refused.stderr
