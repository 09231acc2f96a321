{% macro check_feed_is_known() %}
    {#- A terminal without the setting that names the feed would put another feed's rows in the place of the published ones -#}
    {%- set known = daily_partitions.known_feed() -%}
    {%- if known and not daily_partitions.is_same_feed(known) and not daily_partitions.setting("adopt_feed") -%}
        {%- do exceptions.raise_compiler_error(
            "The warehouse " ~ target.path ~ " was filled from the feed " ~ known ~ ", and this run has another one, " ~ daily_partitions.feed_location()
            ~ ". Nothing was read. If that is a slip, name the feed as before. If it is meant, this takes the new feed and runs the days that differ"
            ~ " in it: dbt run --vars '{adopt_feed: true}'"
        ) -%}
    {%- endif -%}
{% endmacro %}


{% macro feed_location() %}
    {#- As it is set: a relative path stays one, so that a project can be moved as a whole -#}
    {%- set location = daily_partitions.feed_source().external or "" -%}
    {{- return(location[1:-1] | replace("''", "'") if location.startswith("'") else location.split() | join(" ")) -}}
{% endmacro %}


{% macro known_feed() %}
    {{ return(run_query("select arg_max(location, feed_number) as location from " ~ daily_partitions.earlier_rows("known_feeds"))[0]["location"]) }}
{% endmacro %}


{% macro is_same_feed(known) %}
    {%- set location = daily_partitions.feed_location() -%}
    {{ return(known == location or (daily_partitions.feed_path() and daily_partitions.absolute_path(known) == daily_partitions.feed_path())) }}
{% endmacro %}
