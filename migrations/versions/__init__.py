"""Versions of the schema, oldest first by number."""
