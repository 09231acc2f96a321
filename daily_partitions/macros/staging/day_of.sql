{% macro day_of(text, format=none) %}
    {#- Years from 1000 to 2999, as in the vars: what else parses, such as infinity or the year 12026, is no day of a feed -#}
    {%- if format and ("%z" in format or "%Z" in format) -%}
        cast(({{ daily_partitions.parsed(text, format) }}) at time zone '{{ daily_partitions.setting("timezone") }}' as date)
    {%- elif format -%}
        cast({{ daily_partitions.parsed(text, format) }} as date)
    {%- else -%}
    case
        when {{ text }} like '____-__-__' and {{ text }} between '1' and '3' then try_cast({{ text }} as date)
        when not regexp_matches({{ text }}, '^\s*[12]\d{3}[-/]\d{1,2}[-/]\d{1,2}(\D|$)') or {{ text }} like '%(BC)%' then null
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
    {#- DuckDB wants seconds before an offset. Letters alone are the name of several zones, of which it would take one: BST for +06 -#}
    {%- set is_clear = "regexp_matches(" ~ text ~ ", '(?i)(z|utc|gmt|/[a-z_]+|[+-][0-9:]+)\\s*$')" -%}
    {{- "if(" ~ is_clear ~ ", try_cast(regexp_replace(trim(" ~ text ~ "), '^(\\S{8,10}[T ]+\\d{1,2}:\\d{2})(\\s*[A-Za-z+-])', '\\1:00\\2') as timestamptz), null)" -}}
{% endmacro %}


{% macro parsed(text, format) %}
    {#- DuckDB takes 26 for the year 26, and 2026115 by %Y%m%d for one of two days -#}
    {%- set value = "try_strptime(trim(" ~ text ~ "), " ~ daily_partitions.sql_text(format) ~ ")" -%}
    {%- set digits = {"%Y": 4, "%j": 3, "%m": 2, "%d": 2, "%y": 2, "%H": 2, "%M": 2, "%S": 2} -%}
    {%- set tokens = modules.re.findall("%-?[A-Za-z]|[^%]+|%", format) -%}
    {%- set pattern = [] -%}
    {%- for token in tokens -%}
        {%- set beside = [loop.previtem or "", loop.nextitem or ""] | join -%}
        {%- do pattern.append(
            modules.re.escape(token) if not modules.re.match("%-?[A-Za-z]", token) else "[0-9]{" ~ digits[token] ~ "}" if token in digits and "%" in beside else ".*"
        ) -%}
    {%- endfor -%}
    {%- set is_exact = " and regexp_full_match(trim(" ~ text ~ "), " ~ daily_partitions.sql_text(pattern | join) ~ ")" if modules.re.search("%[A-Za-z]%[A-Za-z]", format) else "" -%}
    {{- "case when " ~ value ~ " >= '1000-01-01' and " ~ value ~ " < '3000-01-01'" ~ is_exact ~ " then " ~ value ~ " end" -}}
{% endmacro %}
