"""What is asked: versioned instrument files and the one reader of them."""

from instruments.instrument import Instrument
from instruments.loading import load, versions
from instruments.publishing import PublishedVersion, check, publish, published
from instruments.reading import InstrumentError
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
