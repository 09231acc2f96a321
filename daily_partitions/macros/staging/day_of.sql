{% macro day_of(text, format=none) %}
    {#- Years from 1000 to 2999, as in the vars: what else parses, such as infinity or the year 12026, is no day of a feed -#}
    {%- if format and ("%z" in format or "%Z" in format) -%}
        cast(try_strptime(trim({{ text }}), {{ daily_partitions.sql_text(format) }}) at time zone '{{ daily_partitions.setting("timezone") }}' as date)
    {%- elif format -%}
        cast(try_strptime(trim({{ text }}), {{ daily_partitions.sql_text(format) }}) as date)
    {%- else -%}
    case
        when {{ text }} like '____-__-__' and {{ text }} between '1' and '3' then try_cast({{ text }} as date)
        when not regexp_matches({{ text }}, '^\s*[12]\d{3}[-/]\d{1,2}[-/]\d{1,2}(\D|$)') then null
        -- a time with an offset or a zone is a moment: its day is the one at that moment in the pipeline's time zone
        when {{ daily_partitions.has_offset(text) }} then cast({{ daily_partitions.moment_of(text) }} at time zone '{{ daily_partitions.setting("timezone") }}' as date)
        else cast(try_cast(trim({{ text }}) as timestamp) as date)
    end
    {%- endif -%}
{% endmacro %}


{% macro has_offset(text) %}
    {{- "regexp_matches(" ~ text ~ ", ':[0-9.]+\\s*([A-Za-z][A-Za-z_/]*|[+-][0-9:]+)\\s*$')" -}}
{% endmacro %}


{% macro moment_of(text) %}
    {#- DuckDB wants seconds before an offset -#}
    {{- "try_cast(regexp_replace(trim(" ~ text ~ "), '^(\\S{8,10}[T ]+\\d{1,2}:\\d{2})(\\s*[A-Za-z+-])', '\\1:00\\2') as timestamptz)" -}}
{% endmacro %}
