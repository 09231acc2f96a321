{#- A run looks at this itself before it publishes; here it is looked at again when the run is over, as all data tests are -#}
{% test every_row_is_accounted_for(model) %}
    {%- do ref("partition_ledger") -%}
    {%- for mart in daily_partitions.pipeline("marts") if execute and daily_partitions.meta_of(mart).get("accounts_for") %}
        {{ daily_partitions.unaccounted_days(daily_partitions.relation_of(mart), daily_partitions.meta_of(mart)["accounts_for"]) }}
        union all
    {%- endfor %}
    {{ daily_partitions.unaccounted_rejects(model) }}
{% endtest %}
