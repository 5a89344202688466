"""The researcher's own files, analysed against an instrument or a typed model; reports compared."""
