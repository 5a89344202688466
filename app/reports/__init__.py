"""Psychometric reports: asked for on a page, computed by the worker, kept with what they are bound to."""
