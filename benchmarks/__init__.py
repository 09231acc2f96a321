"""Measures the pipeline beside bare DuckDB and its peers: `make bench`."""
