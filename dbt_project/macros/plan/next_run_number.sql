{% macro next_run_number() %}
    {#- Counted, for a clock may have been ahead: what it stamped would be the latest for as long -#}
    {%- set numbers = [] -%}
    {%- for name in ["partition_plan", "partition_ledger"] if earlier(name) -%}
        {%- do numbers.append("(select max(run_number) from " ~ earlier(name) ~ ")") -%}
    {%- endfor -%}
    {{- "coalesce(greatest(" ~ (numbers or ["null"]) | join(", ") ~ "), 0)::bigint + 1" -}}
{% endmacro %}
