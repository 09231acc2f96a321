{% macro day_of(text) %}
    case
        when length({{ text }}) = 10 then try_cast({{ text }} as date)
        when not regexp_matches({{ text }}, '^\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}') then null
        -- a time with an offset or a zone is a moment: its day is the one at that moment in the pipeline's time zone
        when regexp_matches({{ text }}, ':[0-9.]+\s*([A-Za-z][A-Za-z_/]*|[+-][0-9:]+)\s*$')
        then cast(try_cast({{ text }} as timestamptz) at time zone '{{ var("timezone") }}' as date)
        else cast(try_cast(trim({{ text }}) as timestamp) as date)
    end
{% endmacro %}
