"""Read tables (CSV, JSON, Parquet, Excel) into columns, and turn the rows into labelled examples."""
