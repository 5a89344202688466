"""Published versions never change: their fingerprints are kept in published.toml and checked."""

from __future__ import annotations

from instruments import shelf
from instruments.loading import load, read_version
from instruments.reading import InstrumentError
from instruments.shelf import PublishedVersion, published

HEAD = (
    "# Fingerprints of published versions. Lines are added by `dandang instruments publish`, never changed.\n"
)


def check() -> tuple[str, ...]:
    """Problems of all instrument files: faulty ones, and published ones that changed or vanished."""
    problems: list[str] = []
    for name, version in shelf.versions():
        try:
            read_version(shelf.ROOT / name / version)
        except InstrumentError as error:
            problems.extend(error.problems)
    try:
        known = published()
    except InstrumentError as error:
        return (*problems, *error.problems)
    for entry in known:
        directory = shelf.ROOT / entry.id / entry.version
        if not directory.is_dir():
            problems.append(f"{entry.ref}: 已发布的版本不见了 / a published version is missing")
        elif shelf.fingerprint_of(directory) != entry.fingerprint:
            problems.append(
                f"{entry.ref}: 已发布的版本被改动；请恢复原文件，改动另立新版本 / a published version changed"
            )
    return tuple(problems)


def publish(ref: str) -> PublishedVersion:
    """Add "id/version" to published.toml, or return it as it stands there.

    Raises InstrumentError for faulty files, a reference without a version, and a published version whose
    content differs.
    """
    if "/" not in ref:
        raise InstrumentError(f"请写明要发布的版本，如 {ref}/0.1.0 / name the version to publish")
    instrument = load(ref)
    made = PublishedVersion(instrument.id, instrument.version, instrument.fingerprint)
    known = list(published())
    for entry in known:
        if entry.ref == made.ref:
            if entry.fingerprint != made.fingerprint:
                raise InstrumentError(
                    f"{made.ref}: 已发布且内容不同，请另立新版本 / published with other content"
                )
            return entry
    known.append(made)
    lines = [HEAD]
    for name in sorted({entry.id for entry in known}):
        lines.append(f"\n[{name}]\n")
        mine = sorted((e for e in known if e.id == name), key=lambda entry: shelf.in_order(entry.version))
        lines.extend(f'"{entry.version}" = "{entry.fingerprint}"\n' for entry in mine)
    shelf.PUBLISHED.write_text("".join(lines), encoding="utf-8")
    return made
