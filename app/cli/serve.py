"""`dandang serve`: the web process and a worker under one roof, each restarted as itself when it dies."""

from __future__ import annotations

import signal
import subprocess  # nosec B404 # starts our own commands only
import sys
import time
from types import FrameType

import click

from app import migrate
from app.database import engine_on
from app.settings import get_settings

RESTART_SECONDS = 2.0
STOP_SECONDS = 20.0


def web_command(host: str, port: int) -> list[str]:
    """The command of the web process: no access log, for an address or a token must not end up in one."""
    return [
        *(sys.executable, "-m", "uvicorn", "app.main:create_app", "--factory"),
        *("--host", host, "--port", str(port)),
        *(
            "--no-access-log",
            "--log-level",
            "warning",
            "--no-server-header",
            "--timeout-graceful-shutdown",
            "10",
        ),
    ]


def worker_command() -> list[str]:
    """The command of the worker process."""
    return [sys.executable, "-m", "app.cli", "worker"]


def run_together(commands: list[list[str]]) -> int:
    """Run the commands until SIGINT or SIGTERM; a process that dies is started again after two seconds."""
    stopping = False

    def _stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop)
    running = [subprocess.Popen(c) for c in commands]  # noqa: S603  # nosec B603 # our own commands, no shell
    while not stopping:
        time.sleep(0.2)
        for place, process in enumerate(running):
            if process.poll() is not None and not stopping:
                click.echo(
                    f"进程退出（{process.returncode}），重新启动 / restarting: {commands[place][2]}", err=True
                )
                time.sleep(RESTART_SECONDS)
                running[place] = subprocess.Popen(commands[place])  # noqa: S603  # nosec B603 # our own command
    for process in running:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    return 0


@click.command("serve")
@click.option("--host", default=None, help="监听地址，默认 127.0.0.1 / address to listen on")
@click.option("--port", type=int, default=None, help="端口，默认取 PORT 或 8000 / port, default PORT or 8000")
@click.option("--web-only", is_flag=True, help="不启动后台 / no worker in this process group")
def command(host: str | None, port: int | None, web_only: bool) -> None:
    """启动网页服务与后台 / start web and worker. 数据库须已升级（dandang migrate）。"""
    settings = get_settings()
    with engine_on(settings.database) as engine:
        stands, newest = migrate.current(engine), migrate.head()
    if stands != newest:
        raise click.ClickException(
            f"数据库结构为 {stands or '空'}，需要 {newest}；请先运行 / first run: dandang migrate"
        )
    commands = [web_command(host or settings.host, port if port is not None else settings.port)]
    if not web_only:
        commands.append(worker_command())
    raise SystemExit(run_together(commands))
