"""Answers for other programs: data with labels (.sav, CSV), codebook (HTML, DDI 2.5), and syntax for
lavaan, Mplus and SPSS that computes our numbers again.
"""

from analysis.interchange.bundle import FORMATS, Format, bundle, one_file, zipped
from analysis.interchange.dataset import Choices, Dataset, Variable, dataset_of

__all__ = [
    "FORMATS",
    "Choices",
    "Dataset",
    "Format",
    "Variable",
    "bundle",
    "dataset_of",
    "one_file",
    "zipped",
]
