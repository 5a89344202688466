"""Speed as a ratio: the same work by us and by a peer or a bare floor, in one run."""
