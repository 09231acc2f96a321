{% macro last_publications(ledger) %}
    select *
    from ({{ ledger_rows(ledger) }})
    where status = 'materialized'
    qualify row_number() over (partition by partition_date order by run_number desc) = 1
{% endmacro %}


{% macro ledger_rows(ledger) %}
    {%- if ledger is not none -%}
        select * from {{ ledger }}
    {%- else -%}
        select
            null::varchar as run_id, null::bigint as run_number, null::date as partition_date, null::varchar as status, null::varchar as reason,
            null::bigint as source_rows, null::hugeint as source_fingerprint, null::bigint as row_count, null::bigint as rejected_count,
            null::{{ recorded_amount_type() }} as total_amount, null::varchar as rows_hash, null::varchar as settings, null::bigint as output_size, null::varchar as output_hash,
            null::timestamp_ns as output_changed_at, null::bigint as summary_output_size, null::varchar as summary_output_hash,
            null::timestamp_ns as summary_output_changed_at, null::timestamptz as finished_at
        where false
    {%- endif -%}
{% endmacro %}
