"""S13, short: the texts that programs break most often, into every input, on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promises import s13


@pytest.mark.slow
def test_text_comes_back_exactly_or_is_refused_with_a_reason(tmp_path: Path) -> None:
    seen = s13.send_all(None, tmp_path / "home", ["ext G", "combining", "NUL", "lone surrogate"])
    assert seen.broken == []
    assert seen.same > 0 < seen.refused


def test_an_input_that_tidies_in_silence_is_found() -> None:
    seen = s13.control()
    assert len(seen.broken) > len(s13.TEXTS)
