"""From responses to what may be shown: unit tables with small groups withheld."""
