{% macro check_warehouse() %}
    {#- What is kept from run to run; the columns of a mart are compared when its days are replaced -#}
    {%- for name in ["partition_plan", "partition_ledger", "partition_outputs", "source_days", "rejected_rows"] if daily_partitions.earlier(name) -%}
        {%- set columns = daily_partitions.columns_of(daily_partitions.earlier(name)) -%}
        {%- for column in daily_partitions.node_of(name).columns if column not in columns -%}
            {%- do exceptions.raise_compiler_error(
                "The warehouse " ~ target.path ~ " was made by another version of this project: its " ~ name ~ " has no " ~ column
                ~ ". Move the file away, and dbt run makes it anew from the feed; the exports stay as they are until then"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}
