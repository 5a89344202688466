"""No answer is kept by a browser or a proxy: the default for all, and who would break it."""

from __future__ import annotations

from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from app.security import security_headers
from tests.promises import s1
from tests.promises.rights_rules import RULES

KEPT_FOR_GOOD = ("/static/", "/favicon.ico")
READERS = ("hr_own", "researcher", "link", "admin", "security", "auditor", "nobody")


def _plant(app: FastAPI) -> None:
    """A route that says nothing of keeping, as most do, and the defect: one that lets its answer be kept."""

    @app.get("/planted/silent")
    def silent() -> dict[str, str]:
        return {}

    @app.get("/planted/broken")
    def broken() -> None:
        raise RuntimeError

    @app.get("/planted/kept")
    def kept() -> Response:
        return Response("{}", headers={"Cache-Control": "private, max-age=60"})


def _kept(world: s1.World) -> tuple[set[str], set[str]]:
    """Paths with an answer that is not no-store, and paths answered with 200 at all."""
    found, read = set(), set()
    with TestClient(world.app, follow_redirects=False, raise_server_exceptions=False) as client:
        for method, path in s1.endpoints(world.app):
            rule = RULES.get(f"{method} {path}")
            if method != "GET" or path.startswith(KEPT_FOR_GOOD):
                continue
            actor = next((one for one in READERS if rule is not None and one in rule.actors), "nobody")
            client.cookies.clear()
            client.cookies.set("dandang", world.tokens.get(actor, ""))
            answer = client.get(world.path(path, actor))
            if answer.status_code == 200:
                read.add(path)
            if answer.headers.get("cache-control") != "no-store":
                found.add(path)
    return found, read


def test_no_answer_may_be_kept_and_one_that_may_is_named() -> None:
    with s1.world(_plant) as world:
        found, read = _kept(world)
        with TestClient(world.app) as client:
            assert "max-age" in client.get("/favicon.ico").headers["cache-control"]
        with TestClient(world.app, raise_server_exceptions=False) as client:
            failed = client.get("/planted/broken")
    assert found == {"/planted/kept"}
    assert failed.status_code == 500
    assert security_headers(https=False).items() <= {k.title(): v for k, v in failed.headers.items()}.items()
    personal = {
        "/research/reports/{run_id}/report.json",
        "/research/reports/{run_id}/{name}",
        "/research/analyses/{analysis_id}/result.json",
        "/hr/surveys/{survey_id}/links.csv",
        "/api/surveys/{survey_id}/scores",
        "/planted/silent",
    }
    assert personal <= read, personal - read
