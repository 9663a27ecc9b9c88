"""The finding as people see it: one page that needs nothing else, and the charts, tables and badge it is made of.

Plain functions from findings to markup (`markup`, `charts`, `tables`, `page`, `notebook`). No framework and no script.
"""
