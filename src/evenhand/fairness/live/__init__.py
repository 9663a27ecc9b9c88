"""The daily audit of the living cases: each is measured once, summed once, and judged every night.

Cases are measured (`measuring`) against the standards of their time (`standards`), belong to one series (`series`), are
summed by contrast (`contrasts`, `summing`) and judged (`judging`). A loop does it (`night`); people are told (`tasks`),
and the button (`finding`); pages read it (`reading`). docs/fairness.md says what is measured, when, and what is kept.
"""
