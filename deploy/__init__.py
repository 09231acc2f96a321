"""What runs on a server beside Dagster and the pipeline."""
