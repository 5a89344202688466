"""How long answers are kept: a whole number of months after closing, said to people before they answer.

The term belongs to what people agreed to, so it cannot be changed once the survey is open. Deleting is
`app.scores.expiry`.
"""

from __future__ import annotations

import calendar
import datetime as dt

from app.errors import Conflict
from app.surveys.models import Survey

TERMS = (6, 12, 24, 36, 60)
USUAL = 24


def add_months(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day so many months on; the last of the month where it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def due_at(survey: Survey) -> dt.datetime | None:
    """When the answers are deleted; None while the survey is not closed, and where no term was said."""
    if survey.state != "closed" or survey.closed_at is None or survey.keep_months is None:
        return None
    return add_months(survey.closed_at, survey.keep_months)


def sentence(survey: Survey) -> str:
    """The line about it in what people agree to, in the language of the survey; "" where there is no term."""
    months = survey.keep_months
    if months is None:
        return ""
    if survey.language == "en":
        return (
            f"Answers are kept for {months} months after the survey closes, then deleted; group results stay."
        )
    return f"答卷在测评结束后保存 {months} 个月，到期删除，只保留单位汇总结果。"


def require_answers(survey: Survey) -> None:
    """Raise Conflict where the answers have been deleted because their time was over."""
    if survey.cleared_at is not None:
        raise Conflict(
            "答卷已按期删除",
            f"测评结束已满 {survey.keep_months} 个月。单位汇总结果和已生成的报告仍可查看。",
        )
