"""The audit record: who did what to which thing, append-only and hash-chained."""
