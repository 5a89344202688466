"""What is asked: versioned instrument files and the one reader of them."""

from instruments.instrument import Instrument
from instruments.loading import load
from instruments.publishing import check, publish
from instruments.reading import InstrumentError
from instruments.shelf import PublishedVersion, published, versions
from instruments.wording import Wording

__all__ = [
    "Instrument",
    "InstrumentError",
    "PublishedVersion",
    "Wording",
    "check",
    "load",
    "publish",
    "published",
    "versions",
]
