"""Backups: every row of the store in one file that either store can take back. No key is in it."""
