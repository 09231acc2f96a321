{% macro day_of(text) %}
    {#- Years from 1000 to 2999, as in the vars: what else parses, such as infinity or the year 12026, is no day of sales -#}
    case
        when {{ text }} like '____-__-__' and {{ text }} between '1' and '3' then try_cast({{ text }} as date)
        when not regexp_matches({{ text }}, '^\s*[12]\d{3}[-/]\d{1,2}[-/]\d{1,2}(\D|$)') then null
        -- a time with an offset or a zone is a moment: its day is the one at that moment in the pipeline's time zone
        when regexp_matches({{ text }}, ':[0-9.]+\s*([A-Za-z][A-Za-z_/]*|[+-][0-9:]+)\s*$')
        then cast(
            try_cast(
                -- DuckDB wants seconds before an offset
                regexp_replace(trim({{ text }}), '^(\S{8,10}[T ]+\d{1,2}:\d{2})(\s*[A-Za-z+-])', '\1:00\2') as timestamptz
            ) at time zone '{{ var("timezone") }}' as date
        )
        else cast(try_cast(trim({{ text }}) as timestamp) as date)
    end
{% endmacro %}
