"""The Dagster layer: the dbt models as daily partitions. It adds time and sight; all work on data is dbt's."""
