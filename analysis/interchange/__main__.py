"""`python -m analysis.interchange`: rows as JSON come in, the wanted file goes out.

For the web process, which loads no statistics: it runs this beside itself. Nothing touches the disk but
SPSS's own file, in a directory that is gone afterwards.
"""

from __future__ import annotations

import json
import sys

import instruments
from analysis.interchange.bundle import one_file
from analysis.interchange.dataset import Choices, dataset_of


def main() -> None:
    """Read the arguments of `dataset_of`, "choices" and "format"; write the bytes of the file."""
    asked = json.loads(sys.stdin.buffer.read())
    instrument = instruments.load(asked.pop("instrument"))
    choices, wanted = Choices(**asked.pop("choices")), asked.pop("format")
    dataset = dataset_of(instrument, **asked | {"merged": frozenset(asked["merged"])})
    _name, body = one_file(instrument, dataset, choices, wanted)
    sys.stdout.buffer.write(body)


if __name__ == "__main__":
    main()
