"""For the matrix of rights: a file that the researcher brought, with what came of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.database import now
from app.reports import service as reports
from app.research.models import FileAnalysis, ResearchFile


def own_file(session: Session) -> tuple[ResearchFile, FileAnalysis]:
    """A file of the researcher's with a finished analysis."""
    kept = ResearchFile(
        account_id=session.scalars(select(Account.id).where(Account.username == "researcher")).one(),
        size=1, rows=1, name="x.csv", content=b"x\n1", columns=[], expires_at=now() + dt.timedelta(days=1),
    )  # fmt: skip
    session.add(kept)
    session.flush()
    fitted = {
        "svg": "<svg/>",
        "svg_reason": "",
        "problems": [],
        "warnings": [],
        "measures": [],
        "parameters": [],
    }
    fitted |= {"estimator": "ML", "missing": "listwise", "status": "ok", "usable": True, "nobs": [1]}
    fitted |= {"n_rows": 1, "npar": 1, "groups": [], "seconds": 1.0}
    analysis = FileAnalysis(
        file_id=kept.id, kind="model", state="done", options={"syntax": "f =~ x"}, result=fitted
    )
    session.add(analysis)
    rendered = reports.directory(analysis.id)
    rendered.mkdir(parents=True)
    (rendered / "report.html").write_text("<p>报告</p>", encoding="utf-8")
    return kept, analysis
