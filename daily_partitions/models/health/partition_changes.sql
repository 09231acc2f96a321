{{ config(materialized="view") }}

{{ changed_days(ref("partition_plan"), ref("partition_ledger"), ref("partition_outputs")) }}
