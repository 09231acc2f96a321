{% macro typed_value(column) %}
    {#- A text as a value of its column's type; null if it cannot be read exactly -#}
    {%- set text = "raw_" ~ column.name -%}
    {%- if column.kind == "text" -%}
        nullif({{ text }}, '')
    {%- elif column.kind == "number" -%}
        {%- set text = daily_partitions.number_text(text) -%}
        {%- set number = "try_cast(" ~ text ~ " as " ~ column.sql ~ ")" -%}
        {#- The cast alone would round what has too many decimals. What it gives back as it came has lost nothing, and most do: a regular
            expression takes twice as long -#}
        case
            when cast({{ number }} as varchar) = {{ text }} then {{ number }}
            when regexp_full_match({{ text }}, '{{ daily_partitions.plain_number(column.scale) }}') then {{ number }}
        end
    {%- elif column.format -%}
        {%- set has_zone = "%z" in column.format or "%Z" in column.format -%}
        {%- set moved = " at time zone '" ~ daily_partitions.setting("timezone") ~ "'" if has_zone != (column.kind == "timestamptz") else "" -%}
        cast(({{ daily_partitions.parsed(text, column.format) }}){{ moved }} as {{ column.sql }})
    {%- elif column.kind == "date" -%}
        case when regexp_full_match({{ text }}, '\s*[12]\d{3}[-/]\d{1,2}[-/]\d{1,2}\s*') then try_cast(trim({{ text }}) as date) end
    {%- elif column.kind == "timestamp" -%}
        case when not {{ daily_partitions.has_offset(text) }} then try_cast(trim({{ text }}) as timestamp) end
    {%- elif column.kind == "timestamptz" -%}
        {#- A time without an offset is one of the pipeline's time zone -#}
        case
            when {{ daily_partitions.has_offset(text) }} then {{ daily_partitions.moment_of(text) }}
            else try_cast(trim({{ text }}) as timestamp) at time zone '{{ daily_partitions.setting("timezone") }}'
        end
    {%- else -%}
        try_cast(trim({{ text }}) as boolean)
    {%- endif -%}
{% endmacro %}


{% macro faults(column) %}
    {#- The branches of a case that say why a row is rejected for what stands in the column -#}
    {%- set text = "raw_" ~ column.name -%}
    {%- if column.is_required %}
        when coalesce(trim({{ text }}), '') = '' then '{{ column.name }}_missing'
    {%- endif %}
    {%- if column.kind == "number" %}
        {%- set number = daily_partitions.number_text(text) %}
        when {{ column.name }} is null and trim({{ text }}) != ''
        then
            '{{ column.name }}_' || case
                when not (regexp_matches({{ number }}, '[0-9]') and regexp_full_match({{ number }}, '{{ daily_partitions.plain_number() }}')) then 'not_a_number'
                when not regexp_full_match({{ number }}, '{{ daily_partitions.plain_number(column.scale) }}') then 'would_be_rounded'
                else 'out_of_range'
            end
    {%- elif column.kind != "text" %}
        when {{ column.name }} is null and trim({{ text }}) != ''
        then '{{ column.name }}_not_a_{{ {"timestamptz": "timestamp"}.get(column.kind, column.kind) }}'
    {%- endif %}
{% endmacro %}


{% macro number_text(text) %}
    {#- With a decimal comma a point is none, and stays a fault -#}
    {{- "translate(" ~ text ~ ", ',.', '.,')" if daily_partitions.feed_meta("decimal_separator") == "," else text -}}
{% endmacro %}


{% macro plain_number(scale=none) %}
    {#- More decimals than the scale may follow if they are zeros -#}
    {%- set decimals = "[0-9]*" if scale is none else "[0-9]{0," ~ scale ~ "}0*" -%}
    {{- "\\s*[+-]?[0-9]*([.]" ~ decimals ~ ")?\\s*" -}}
{% endmacro %}
