"""A survey offers one instrument version to some units for a time."""
