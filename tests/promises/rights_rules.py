"""Who may use which endpoint: one line an endpoint. The matrix (`s1.py`) tries every line with every actor.

A new endpoint needs a new line here, or the matrix fails and names it:

    "GET /hr/surveys/{survey_id}/something": HR_PART,

Choose the smallest set that is right. Whoever is in it must be let in (any answer but 401, 403, 404); whoever
is not must get 401, 403 or 404 and nothing else. Where somebody who is let in rightly gets one of those (a
page that is not there yet, say), write `HR_PART.also(404)`. A path parameter that the matrix does not know
needs a value in `s1.World.values`; a form that must be filled in for the right to be asked at all, in FIELDS.

The unit tree is 上级 P ─ 本级 M ─ 下级 C, with N beside M; the survey covers M and C. `hr_own` holds M,
`hr_child` C, `hr_parent` P, `hr_sibling` N, `hr_nowhere` nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

VISITOR = frozenset({"visitor", "inactive", "expired"})
HOLDER = frozenset({"link"})
HR_ANYWHERE = frozenset({"hr_own", "hr_child", "hr_parent", "hr_sibling", "hr_nowhere"})
OFFICERS = frozenset({"admin", "security", "auditor"})
READY = HR_ANYWHERE | OFFICERS | {"researcher"}
NOT_READY = frozenset({"pending", "first", "unenrolled"})
ACTORS = tuple(sorted(VISITOR | HOLDER | READY | NOT_READY))


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is let in; `answers`: what else, of 401, 403 and 404, may rightly be said to those."""

    actors: frozenset[str]
    answers: frozenset[int] = frozenset()

    def also(self, *answers: int) -> Rule:
        """The same right, where being let in may end in these."""
        return Rule(self.actors, frozenset(answers))


EVERYBODY = Rule(frozenset(ACTORS))
LINK = Rule(HOLDER)  # the link in the path is the key; everybody else is tried with an invented one
SIGNED_IN = Rule(READY | NOT_READY)
STAFF = Rule(READY)
HR = Rule(HR_ANYWHERE)
HR_PART = Rule(frozenset({"hr_own", "hr_child", "hr_parent"}))  # some of the survey's units are theirs
HR_WHOLE = Rule(frozenset({"hr_own", "hr_parent"}))  # all of them
RESEARCHER = Rule(frozenset({"researcher"}))
ADMIN = Rule(frozenset({"admin"}))
SECURITY = Rule(frozenset({"security"}))
AUDITOR = Rule(frozenset({"auditor"}))

RULES: dict[str, Rule] = {
    # the house
    "GET /": EVERYBODY,
    "GET /healthz": EVERYBODY,
    "GET /favicon.ico": EVERYBODY,
    "GET /static/{digest}/{name:path}": EVERYBODY,
    "GET /api/openapi.json": EVERYBODY,
    # accounts
    "GET /login": EVERYBODY,
    "POST /login": EVERYBODY.also(401),  # tried with a name that does not exist
    "POST /logout": SIGNED_IN,
    "GET /account": SIGNED_IN,
    "GET /account/password": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "GET /account/second-factor": SIGNED_IN,
    "POST /account/second-factor": SIGNED_IN.also(403),  # not before the first password is changed
    # catalogue
    "GET /instruments": STAFF,
    "GET /instruments/{identifier}/{version}": STAFF,
    "GET /api/instruments": STAFF,
    "GET /api/instruments/{identifier}": STAFF,
    "GET /api/instruments/{identifier}/{version}": STAFF,
    # surveys
    "GET /hr": HR,
    "GET /hr/surveys/new": HR,
    "POST /hr/surveys": HR,
    "GET /hr/surveys/{survey_id}": HR_PART,
    "POST /hr/surveys/{survey_id}/roster": HR_PART,
    "POST /hr/surveys/{survey_id}/roster/undo": HR_PART,
    "GET /hr/surveys/{survey_id}/mode": HR_WHOLE,
    "POST /hr/surveys/{survey_id}/mode": HR_WHOLE,
    "POST /hr/surveys/{survey_id}/open": HR_WHOLE,
    "GET /hr/surveys/{survey_id}/close": HR_WHOLE,
    "POST /hr/surveys/{survey_id}/close": HR_WHOLE,
    "GET /hr/surveys/{survey_id}/reopen": HR_WHOLE,
    "POST /hr/surveys/{survey_id}/reopen": HR_WHOLE,
    "GET /hr/surveys/{survey_id}/withdraw": HR_PART,
    "POST /hr/surveys/{survey_id}/withdraw": HR_PART.also(404),  # tried without a receipt code
    "GET /hr/surveys/{survey_id}/codes": HR_PART,
    "POST /hr/surveys/{survey_id}/codes": HR_PART,
    # results
    "POST /hr/surveys/{survey_id}/release": HR_WHOLE,
    "POST /hr/surveys/{survey_id}/evidence": HR_PART,
    "GET /hr/surveys/{survey_id}/scores": HR_PART,
    "GET /hr/surveys/{survey_id}/people": HR_PART,
    "GET /hr/surveys/{survey_id}/scores.xlsx": HR_PART,
    "GET /hr/surveys/{survey_id}/scores.csv": HR_PART,
    "GET /hr/surveys/{survey_id}/units.csv": HR_PART,
    "GET /hr/surveys/{survey_id}/scores.manifest.json": HR_PART,
    "GET /hr/surveys/{survey_id}/links.csv": HR_PART,
    "GET /api/surveys/{survey_id}/scores": HR_PART,
    # respondents
    "GET /q/{token}": LINK,
    "POST /q/{token}/consent": LINK,
    "GET /q/{token}/p/{number}": LINK,
    "POST /q/{token}/p/{number}": LINK,
    "GET /q/{token}/receipt": LINK,
    "POST /q/{token}/change": LINK,
    "POST /q/{token}/change/drop": LINK,
    "GET /q/{token}/answers": LINK,
    "GET /q/{token}/answers.txt": LINK,
    "GET /q/{token}/withdraw": LINK,
    "POST /q/{token}/withdraw": LINK,
    "GET /q/{token}/results": LINK.also(404),  # not before the survey is closed
    "POST /q/{token}/results": LINK.also(404),  # not before the survey is closed
    "GET /a": EVERYBODY,  # the field for a code
    "GET /a/{token}": LINK,
    "POST /a/{token}/consent": LINK,
    "GET /a/{token}/p/{number}": LINK,
    "POST /a/{token}/p/{number}": LINK,
    "GET /a/{token}/receipt": LINK,
    "POST /a/{token}/change": LINK.also(404),  # nothing answered yet
    "POST /a/{token}/change/drop": LINK,
    "GET /a/{token}/answers": LINK.also(404),  # nothing answered yet
    "GET /a/{token}/answers.txt": LINK.also(404),  # nothing answered yet
    "GET /a/{token}/withdraw": LINK.also(404),  # nothing answered yet
    "POST /a/{token}/withdraw": LINK.also(404),  # nothing answered yet
    # the researcher's bench
    "GET /research": RESEARCHER,
    "POST /research/surveys/{survey_id}/reports": RESEARCHER,
    "GET /research/reports/{run_id}": RESEARCHER,
    "POST /research/reports/{run_id}/again": RESEARCHER,
    "GET /research/reports/{run_id}/report.json": RESEARCHER,
    "GET /research/reports/{run_id}/{name}": RESEARCHER,
    "GET /research/surveys/{survey_id}/export": RESEARCHER,
    "POST /research/surveys/{survey_id}/export": RESEARCHER,
    "GET /api/reports/{run_id}": RESEARCHER,
    # a researcher's own files
    "GET /research/files": RESEARCHER,
    "POST /research/files": RESEARCHER,
    "GET /research/files/{file_id}": RESEARCHER,
    "POST /research/files/{file_id}/delete": RESEARCHER,
    "POST /research/files/{file_id}/report": RESEARCHER,
    "POST /research/files/{file_id}/model": RESEARCHER,
    "GET /research/analyses/{analysis_id}": RESEARCHER,
    "GET /research/analyses/{analysis_id}/paths.svg": RESEARCHER,
    "GET /research/analyses/{analysis_id}/result.json": RESEARCHER,
    # what is rendered goes with its file, and the deed above may have deleted that
    "GET /research/analyses/{analysis_id}/files/{name}": RESEARCHER.also(404),
    "GET /research/compare": RESEARCHER,
    # the three officers
    "GET /admin/accounts": ADMIN,
    "POST /admin/accounts": ADMIN,
    "POST /admin/accounts/{account_id}/password": ADMIN,
    "POST /admin/accounts/{account_id}/deactivate": ADMIN,
    "POST /admin/accounts/{account_id}/activate": ADMIN,
    "GET /security/accounts": SECURITY,
    "GET /security/accounts/{account_id}": SECURITY,
    "POST /security/accounts/{account_id}/rights": SECURITY,
    "POST /security/accounts/{account_id}/second-factor": SECURITY,
    "POST /security/accounts/{account_id}/unlock": SECURITY,
    "GET /audit/entries": AUDITOR,
    "GET /audit/entries.csv": AUDITOR,
    "GET /audit/verification": AUDITOR,
}

# forms that must be filled in before the right is asked
FIELDS: dict[str, dict[str, str]] = {
    "POST /login": {"username": "nobody-of-that-name", "password": "wrong wrong wrong"},
    "POST /hr/surveys": {"title": "另一次", "office": "某部"},
    "POST /admin/accounts": {"username": "neu", "display_name": "新"},
}
