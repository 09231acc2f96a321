{% macro parse_number(text, type_var) %}
    {%- set type = number_type(type_var) -%}
    {%- set number = "try_cast(" ~ text ~ " as " ~ type.sql ~ ")" -%}
    {#- The cast alone would round what has too many decimals. What it gives back as it came has lost nothing, and most do: a regular
        expression takes twice as long -#}
    case
        when cast({{ number }} as varchar) = {{ text }} then {{ number }}
        when regexp_full_match({{ text }}, '{{ plain_number(type.scale) }}') then {{ number }}
    end
{% endmacro %}


{% macro number_fault(text, type_var) %}
    case
        when coalesce(trim({{ text }}), '') = '' then 'missing'
        when not (regexp_matches({{ text }}, '[0-9]') and regexp_full_match({{ text }}, '{{ plain_number() }}')) then 'not_a_number'
        when not regexp_full_match({{ text }}, '{{ plain_number(number_type(type_var).scale) }}') then 'would_be_rounded'
        else 'out_of_range'
    end
{% endmacro %}


{% macro plain_number(scale=none) %}
    {#- More decimals than the scale may follow if they are zeros -#}
    {%- set decimals = "[0-9]*" if scale is none else "[0-9]{0," ~ scale ~ "}0*" -%}
    {{- "\\s*[+-]?[0-9]*([.]" ~ decimals ~ ")?\\s*" -}}
{% endmacro %}
