"""Tables as they lie on disk: CSV, JSON, Parquet and Excel to columns, and columns to labelled examples."""
