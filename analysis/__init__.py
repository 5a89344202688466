"""What the answers mean: pure functions over arrays and frames. No web, no database."""
