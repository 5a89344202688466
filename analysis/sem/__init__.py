"""A structural-equation engine of its own: lavaan syntax in, estimates, tests and fit indices out."""

from analysis.sem.errors import DataError, ModelSyntaxError
from analysis.sem.fit import Fit, fit

__all__ = ["DataError", "Fit", "ModelSyntaxError", "fit"]
