"""The instruments as people see them: construct tree, wording, forms, status."""
