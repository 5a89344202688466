"""A person's answers: drafts saved page by page, and the response they become on submitting."""
