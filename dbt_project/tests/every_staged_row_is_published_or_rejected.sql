-- No row of a published day gets lost between staging and the mart. A run looks at this itself before it publishes;
-- here
-- it is looked at again when the run is over, as all data tests are.
-- depends_on: {{ ref("partition_ledger") }}
{{ config(meta={"dagster": {"ref": {"name": "daily_sales"}}}) }} {{ unaccounted_days(ref("daily_sales")) }}
