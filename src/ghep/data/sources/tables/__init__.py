"""Tables on disk: CSV, JSON, Parquet and Excel to columns, and columns to labelled examples."""
