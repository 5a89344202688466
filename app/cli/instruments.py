"""`dandang instruments`: check every instrument file, show one, publish a version."""

from __future__ import annotations

import click

import instruments


@click.group("instruments")
def command() -> None:
    """检查、查看、发布问卷 / check, show and publish instruments."""


@command.command("check")
def check() -> None:
    """检查全部问卷文件，并核对已发布版本的指纹 / check every file and every published fingerprint."""
    problems = instruments.check()
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        click.echo(f"有 {len(problems)} 处问题 / {len(problems)} problems", err=True)
        raise SystemExit(2)
    for version in instruments.published():
        click.echo(f"{version.ref}\t{version.fingerprint}")
    click.echo("问卷文件均无问题，已发布版本未改动 / all is well, no published version has changed")


@command.command("show")
@click.argument("ref")
@click.option("--language", default="zh-CN", show_default=True, help="zh-CN 或 en")
def show(ref: str, language: str) -> None:
    """查看一个版本的结构与题目 / show a version's structure and items."""
    try:
        instrument = instruments.load(ref)
    except instruments.InstrumentError as error:
        raise click.ClickException("\n".join(error.problems)) from error
    words = instrument.words(language)
    click.echo(f"{instrument.ref}  {words.title}  [{instrument.status}]\n{instrument.fingerprint}")
    for code, item in instrument.items.items():
        click.echo(f"{code}\t{item.construct}\t{'R' if item.reverse else ' '}\t{words.item(code)}")


@command.command("publish")
@click.argument("ref")
def publish(ref: str) -> None:
    """发布一个版本：此后其文件不得改动 / publish a version: its files may never change again."""
    try:
        version = instruments.publish(ref)
    except instruments.InstrumentError as error:
        raise click.ClickException("\n".join(error.problems)) from error
    click.echo(f"已发布 {version.ref} {version.fingerprint} / published")
