"""A structural-equation engine of its own: lavaan syntax in, estimates, tests and fit indices out."""
