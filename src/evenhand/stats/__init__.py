"""The sums of the fairness audit: numbers in, numbers out, no framework.

Codes stand for names: needs, groups and strata come in as whole numbers from 0, days as whole numbers, lengths of time
in any one unit. What each sum assumes stands in its own docstring; docs/limits.md says what is not proven.
"""
