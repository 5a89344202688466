"""`python -m analysis.interchange`: a data set as JSON comes in, the wanted file goes out.

For the web process, which loads no statistics: it runs this beside itself. Nothing touches the disk but
SPSS's own file, in a directory that is gone afterwards.
"""

from __future__ import annotations

import json
import sys

import instruments
from analysis.interchange.bundle import one_file
from analysis.interchange.dataset import Choices, Dataset


def main() -> None:
    """Read {"dataset", "choices", "format"} from standard input and write the bytes of the file."""
    asked = json.loads(sys.stdin.buffer.read())
    dataset = Dataset.from_dict(asked["dataset"])
    instrument = instruments.load(dataset.instrument)
    _name, body = one_file(instrument, dataset, Choices(**asked["choices"]), asked["format"])
    sys.stdout.buffer.write(body)


if __name__ == "__main__":
    main()
