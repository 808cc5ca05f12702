"""Past seasons: read from files, kept as Parquet below the data folder, told as entries.

The only room that imports DuckDB, and only inside the functions that use it: following a
race needs no history.
"""
