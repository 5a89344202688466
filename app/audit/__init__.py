"""The auditor's room: the trail read, verified and taken away as a file. Nothing is changed here."""
