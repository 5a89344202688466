"""The durable queue, seen from the web process: put a job in, ask how it stands.

The worker (`app.worker`) runs the jobs; both meet only in the queue's own database.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from dbos import DBOS, DBOSClient, EnqueueOptions

from app.settings import get_settings

ANALYSIS_QUEUE: Final = "analysis"
APPLICATION: Final = "dandang"
APPLICATION_VERSION: Final = "2"  # raised when a job's steps change their order or meaning


def prepare_store() -> None:
    """Create or upgrade the queue's own tables."""
    DBOS.migrate(get_settings().jobs_database)


@lru_cache
def client() -> DBOSClient:
    """The process's connection to the queue."""
    return DBOSClient(system_database_url=get_settings().jobs_database, application_name=APPLICATION)


def enqueue(workflow: str, *arguments: Any, job_id: str) -> None:
    """Queue a job under its id; queueing the same id again changes nothing."""
    options: EnqueueOptions = {
        "workflow_name": workflow,
        "queue_name": ANALYSIS_QUEUE,
        "workflow_id": job_id,
        "app_version": APPLICATION_VERSION,
    }
    client().enqueue(options, *arguments)


def status_of(job_id: str) -> str | None:
    """DBOS's word for the job: ENQUEUED, PENDING, SUCCESS, ERROR …; None if it was never queued."""
    found = client().list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
    return found[0].status if found else None
