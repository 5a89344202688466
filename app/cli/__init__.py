"""The command line: `dandang --help`. Each command lives in a file of its own and loads when called,
so that `dandang fit` does not wait for the web and `dandang serve` does not wait for the statistics.
"""

from __future__ import annotations

import importlib
import os
from typing import Final

import click

COMMANDS: Final = {
    "demo": ("app.cli.demo", "安装演示数据并启动 / set up the demo (simulated respondents) and serve it"),
    "serve": ("app.cli.serve", "启动网页服务与后台 / start web and worker"),
    "worker": ("app.cli.worker", "只启动后台 / start a worker only"),
    "migrate": ("app.cli.migrate", "升级数据库 / bring the database to the newest schema"),
    "keys": ("app.cli.keys", "管理加密密钥 / encryption keys: list, rotate, reseal, retire"),
    "backup": ("app.cli.backup", "备份数据库 / write every row into one file, while the service runs"),
    "restore": ("app.cli.restore", "恢复或核对备份 / restore a backup, or check one"),
    "trail": ("app.cli.trail", "核验审计记录 / verify the audit record"),
    "user": ("app.cli.user", "管理工作人员账号 / staff accounts"),
    "units": ("app.cli.units", "管理单位 / the tree of units"),
    "instruments": ("app.cli.instruments", "检查、查看、发布问卷 / check, show and publish instruments"),
    "import": ("app.cli.imports", "导入已有答卷 / import real respondents from CSV, xlsx or .sav"),
    "export": ("app.cli.export", "导出得分或研究数据 / write released scores or research data"),
    "report": ("app.cli.report", "由文件生成心理测量报告 / psychometric report from a file"),
    "bundle": ("app.cli.bundle", "由文件写出供 SPSS、R、Mplus、jamovi 使用的文件 / files for other programs"),
    "fit": ("app.cli.fit", "拟合结构方程模型 / fit a structural equation model (lavaan syntax)"),
    "power": ("app.cli.power", "收集之前：需要多少人 / before collecting: how many people a model needs"),
    "invariance": ("app.cli.invariance", "检验测量不变性 / measurement invariance over groups"),
    "simulate": (
        "app.cli.simulate",
        "生成模拟数据、蒙特卡洛 / simulated data, Monte Carlo, cut-offs",
    ),
}


class _Commands(click.Group):
    """A group whose commands are imported only when named; help lines need no import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name != "fit":  # which has the machine to itself; the others share it with web and workers
            os.environ.setdefault("OMP_NUM_THREADS", "1")
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="dandang", prog_name="dandang")
def main() -> None:
    """Dandang 担当：干部担当作为测评平台。A score never travels without its evidence.

    环境变量 / environment: DANDANG_HOME (default var/), PORT (8000), DANDANG_DATABASE_URL,
    DANDANG_DATABASE_PASSWORD_FILE, DANDANG_ENVIRONMENT (development, demo, production),
    DANDANG_SECRET or DANDANG_SECRET_FILE, DANDANG_BASE_URL,
    DANDANG_KEY_DIRECTORY (default DANDANG_HOME/keys), DANDANG_SUITE (international, shangmi),
    DANDANG_SECOND_FACTOR (required, optional; always required in production).

    退出码 / exit codes: 0 done, 2 bad input (named), 3 an estimate that may not be used.
    """
