"""What is asked: versioned instrument files and the one reader of them."""
