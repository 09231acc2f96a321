{#- A run looks at this itself before it publishes; here it is looked at again when the run is over, as all data tests are -#}
{% test every_row_is_accounted_for(model) %}
    {%- do ref("partition_ledger") -%}
    {%- for mart in daily_partitions.pipeline("marts") if execute and daily_partitions.meta_of(mart).get("accounts_for") %}
        {{ daily_partitions.unaccounted_days(daily_partitions.relation_of(mart), daily_partitions.meta_of(mart)["accounts_for"]) }}
        union all
    {%- endfor %}
    {#- A run that planned nothing has staged nothing, and leaves the rows of no day that an earlier one met -#}
    {%- if not execute or daily_partitions.planned_ranges() %}
    {{ daily_partitions.unaccounted_rejects(model) }}
    {%- else %} select partition_date, null as good_rows, null as accounted_rows, 'rejected_rows' as model from {{ model }} where false
    {%- endif %}
{% endtest %}
