"""Alembic's entry: runs on the connection that `migrations.run` (or the alembic command) hands over."""

from alembic import context
from sqlalchemy import Connection

from app import sealing
from app.accounts import models as accounts
from app.database import Base, make_engine
from app.reports import models as reports
from app.responses import models as responses
from app.scores import models as scores
from app.settings import get_settings
from app.surveys import models as surveys
from app.trail import models as trail
from app.units import models as units

ROOMS = (
    accounts,
    reports,
    responses,
    scores,
    sealing,
    surveys,
    trail,
    units,
)  # imported so that Base knows the tables


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with make_engine(get_settings().database).connect() as made:
        _run(made)
        made.commit()
