"""The sums of an audit by SQL, from Parquet: one set of statements, embedded (DuckDB) or on many machines (Spark).

`engines` knows the dialects, `projection` makes cases of a file's columns, `statements` are the same for both,
`summing` makes of their answers what `parity` makes of rows in memory, and `auditing` is the whole of it.
"""
