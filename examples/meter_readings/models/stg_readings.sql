{{ daily_partitions.staged_rows() }}
