{{ config(materialized="staged_table") }} {{ daily_partitions.staged_rows() }}
