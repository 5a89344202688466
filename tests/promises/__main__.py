"""`python -m tests.promises`: write docs/promises.md from the stored results.

`python -m tests.promises run D5`: the full form of one promise; its result is stored and the page rewritten.
"""

from __future__ import annotations

import importlib
import sys

from tests.promises import record


def main(arguments: list[str]) -> int:
    """Exit 0 when all is well, 1 when a promise just run was not kept, 2 for a wrong call."""
    if arguments[:1] == ["run"] and len(arguments) == 2:
        name = arguments[1].upper()
        if name not in record.PROMISES:
            _say(f"no such promise: {name}; there are {', '.join(record.PROMISES)}")
            return 2
        try:
            module = importlib.import_module(f"tests.promises.{name.lower()}")
        except ModuleNotFoundError as error:
            if error.name != f"tests.promises.{name.lower()}":
                raise
            _say(f"{name}: 尚未编写 / not written yet")
            return 2
        found: record.Result = module.full()
        record.store(found)
        _say(f"{found.id}: {'kept' if found.kept else 'NOT KEPT'}: {found.figure}")
        _say(f"control: {found.control}")
        write()
        return 0 if found.kept else 1
    if arguments:
        _say(__doc__)
        return 2
    write()
    return 0


def _say(text: str | None) -> None:
    sys.stdout.write(f"{text}\n")


def write() -> None:
    """docs/promises.md from the results there are."""
    record.PAGE.write_text(record.page(record.stored()), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
