"""Pages of the system administrator and the security officer. What they do is in `app.accounts.service`."""
