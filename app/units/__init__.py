"""The tree of organisations and the people on their rosters."""
