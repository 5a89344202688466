"""Files people exchange: score workbooks and CSV out, real respondents in."""
