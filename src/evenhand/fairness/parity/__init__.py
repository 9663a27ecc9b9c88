"""The audit of any table of cases: the same need, on the same day, is each group treated as the others?

Rows in (`rows`), the lengths of time that they are measured against (`horizons`), sums that can be added to (`sums`),
verdicts (`judging`) and what is said (`findings`). No framework and no database.
"""
