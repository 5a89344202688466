"""S1 in the suite: the whole matrix of rights, and what it must catch.

A failure "no rule in rights_rules.RULES" means a new endpoint: see tests/promises/rights_rules.py.
"""

from __future__ import annotations

from tests.promises import s1


def test_everybody_gets_what_the_rules_say_and_nothing_else() -> None:
    with s1.world() as tested:
        found = s1.try_everything(tested)
    assert not found.wrong, "\n".join(found.wrong)
    assert found.tried == found.endpoints * len(s1.ACTORS)


def test_control_an_endpoint_without_a_rule_is_named() -> None:
    assert s1.caught_unruled()


def test_control_a_wrong_right_is_named() -> None:
    leaked = s1.caught_wrong_right()
    assert any("hr_sibling" in one for one in leaked)
    assert any("hr_nowhere" in one for one in leaked)
