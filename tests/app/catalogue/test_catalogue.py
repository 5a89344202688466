"""The instruments as staff see them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

import instruments
from app.catalogue.service import rules_in_words

PATHS = (
    "/instruments",
    "/instruments/dandang-jsjb/0.1.0",
    "/api/instruments",
    "/api/instruments/dandang-jsjb",
)


@pytest.mark.parametrize("path", PATHS)
def test_nobody_reads_without_signing_in(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == (401 if path.startswith("/api/") else 303)


@pytest.mark.parametrize("role", ["hr", "researcher"])
@pytest.mark.parametrize("path", PATHS)
def test_all_staff_read(client: TestClient, sign_in: Callable[..., object], role: str, path: str) -> None:
    sign_in(role)
    assert client.get(path).status_code == 200


def test_the_tree_has_one_general_four_dimensions_in_order_and_eight_indicators(
    client: TestClient, sign_in: Callable[..., object]
) -> None:
    sign_in("researcher")
    (root,) = client.get("/api/instruments/dandang-jsjb").json()["constructs"]
    assert root["level"] == "general"
    assert [one["id"] for one in root["children"]] == ["zz", "gz", "sy", "dy"]
    indicators = [leaf for dimension in root["children"] for leaf in dimension["children"]]
    assert len(indicators) == 8
    assert [len(leaf["items"]) for leaf in indicators] == [4] * 8


def test_the_page_says_pilot_and_shows_every_item_with_its_source(
    client: TestClient, sign_in: Callable[..., object]
) -> None:
    sign_in("hr")
    page = client.get("/instruments/dandang-jsjb/0.1.0").text
    assert "试测" in page
    jsjb = instruments.load("dandang-jsjb/0.1.0")
    for code, item in jsjb.items.items():
        assert jsjb.words("zh-CN").item(code) in page
        assert item.source.phrase in page


@pytest.mark.parametrize(
    "path", ["/instruments/dandang-jsjb/9.9.9", "/instruments/../0.1.0", "/api/instruments/x"]
)
def test_an_unknown_version_is_not_found(
    client: TestClient, sign_in: Callable[..., object], path: str
) -> None:
    sign_in("hr")
    assert client.get(path).status_code == 404


def test_every_published_version_has_a_page_in_each_of_its_languages(
    client: TestClient, sign_in: Callable[..., object]
) -> None:
    sign_in("researcher")
    for version in instruments.published():
        for locale in instruments.load(version.ref).locales:
            answer = client.get(f"/instruments/{version.ref}?lang={locale}")
            assert answer.status_code == 200
            assert instruments.load(version.ref).words(locale).title in answer.text.replace("&#39;", "'")


def test_the_rules_name_the_numbers_of_the_version() -> None:
    rules = instruments.load("dandang-jsjb/0.1.0").evidence
    words = "".join(rules_in_words(rules))
    assert f"不少于 {rules.min_usable_n} 份" in words
    limits = {name: value for name, value in rules.model_dump().items() if isinstance(value, float)}
    assert len(limits) == 8
    for name, value in limits.items():
        assert f" {value:.2f}".replace(" 0.", " .") in words, name
