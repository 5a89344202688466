"""An account's second factor: offered, confirmed by a first code, asked for at sign-in, reset by another.

The secret is sealed in the database. While it is only offered it is stored nowhere: it is derived from the
session it is shown to, so that the page that shows it writes nothing.
"""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from app import security
from app.accounts import totp
from app.accounts.models import Account
from app.errors import Conflict
from app.security import vault
from app.settings import get_settings
from app.trail import service as trail

COLUMN = "account.second_factor_sealed"


def offered_secret(account: Account, token: str) -> bytes:
    """The secret that this session is shown for enrolling."""
    made = security.derive(get_settings().key(), "second-factor", str(account.id), security.hash_token(token))
    return made[: totp.SECRET_BYTES]


def enrol(session: Session, account: Account, token: str, code: str) -> bool:
    """Take the offered secret for good once a code proves that it was entered; False for a wrong code.

    Raises Conflict where there is a second factor already: only the security officer takes one away.
    """
    if account.second_factor_sealed is not None:
        raise Conflict("已经绑定动态验证码", "如需更换，请联系安全管理员重置后重新绑定。")
    secret = offered_secret(account, token)
    step = totp.matching_step(secret, code, moment=time.time(), after=0)
    if step is None:
        return False
    account.second_factor_sealed = vault.seal(COLUMN, str(account.id), secret)
    account.second_factor_step = step
    subject = f"account:{account.id}"
    trail.append(session, actor=str(account.id), action="account.second_factor_enrol", subject=subject)
    return True


def take_code(account: Account, code: str, *, moment: float) -> bool:
    """Whether this is a code of the account's app that was not used before; it is used up now."""
    if account.second_factor_sealed is None:
        return False
    secret = vault.unseal(COLUMN, str(account.id), account.second_factor_sealed)
    step = totp.matching_step(secret, code, moment=moment, after=account.second_factor_step)
    if step is None:
        return False
    account.second_factor_step = step
    return True
