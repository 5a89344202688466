"""The command line: `dandang --help`. Each command lives in a file of its own and loads when called."""
