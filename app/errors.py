"""Errors that carry their HTTP status and words for the person who meets them.

A service raises one; the handler in `app.main` turns it into a page or into problem+json.
"""

from __future__ import annotations

from typing import Any


def place_of(error: BaseException) -> str:
    """File and line an error came from, for logs: its message may hold what a person typed, its place not."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"


class DandangError(Exception):
    """Base: `title` says what happened, `advice` whether anything was lost and what to do."""

    status = 500
    title = "服务出错，已记录"
    advice = "已保存的内容没有丢失，请稍后重试。"

    def __init__(self, title: str = "", advice: str = "", **detail: Any) -> None:
        self.title = title or self.title
        self.advice = advice or self.advice
        self.detail = detail
        super().__init__(self.title)


class NotFound(DandangError):
    """The thing does not exist, or this person may not know that it does."""

    status = 404
    title = "没有这个页面"
    advice = "请检查链接是否完整，或向发给您链接的人员核对。"


class NotSignedIn(DandangError):
    """A page of staff opened without a session."""

    status = 401
    title = "请先登录"
    advice = "登录后会回到刚才的页面。"


class Forbidden(DandangError):
    """Signed in, but the role or the units do not cover this."""

    status = 403
    title = "当前账号无权查看"
    advice = "如工作需要，请联系系统管理员授权。"


class Conflict(DandangError):
    """The request contradicts what is stored."""

    status = 409
    title = "与已保存的内容不一致"
    advice = "已保存的内容没有改动。请刷新页面后再试。"


class Gone(DandangError):
    """It was there and is closed or withdrawn now."""

    status = 410
    title = "本次测评已结束"
    advice = "此前提交的答卷仍然有效；未提交的内容不再接收。"


class Invalid(DandangError):
    """The input cannot be accepted; `detail["problems"]` lists each fault with its place."""

    status = 422
    title = "填写的内容有误"
    advice = "没有保存有误的部分，请按提示修改。"


class TooLarge(DandangError):
    """The body of the request is longer than this address takes."""

    status = 413
    title = "上传的内容过大"
    advice = "没有存入任何内容。文件不得超过 10 MB，请拆分后分次上传。"


class TooMany(DandangError):
    """Too many attempts by one account or one token."""

    status = 429
    title = "尝试次数过多"
    advice = "请稍后再试。"


class NotReady(DandangError):
    """The store cannot take writes just now (full disk, lock, lost connection)."""

    status = 503
    title = "系统暂时不能保存"
    advice = "刚才这一步没有保存，之前的内容没有丢失。请稍候再点一次。"
