"""Staff: accounts, sign-in, sessions, and the rights that routes ask for by type."""
