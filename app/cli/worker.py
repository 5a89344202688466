"""`dandang worker`: run queued jobs until told to stop."""

from __future__ import annotations

import click

from app import worker


@click.command("worker")
def command() -> None:
    """启动后台，计算报告与证据 / run reports and evidence from the queue until stopped.

    多个后台须各用一个 DANDANG_WORKER_SLOT；同名后台重启后接着做完中断的任务。
    Give each worker its own DANDANG_WORKER_SLOT: a slot that restarts finishes its interrupted jobs.
    """
    worker.run()
