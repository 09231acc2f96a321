{% macro copy_for_readers() %}
    {#- Also after a run that failed: what it published before is in it -#}
    {%- set path = daily_partitions.readers_path() -%}
    {%- if not path -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set scratch = [] -%}
    {%- for name in daily_partitions.tables_of_a_run() -%}
        {%- do scratch.append(daily_partitions.relation_of(name).include(database=false) | string) -%}
    {%- endfor -%}
    {%- do run_query("force checkpoint " ~ adapter.quote(target.database)) -%}
    {%- set fault = run_query(
        "select copied_for_readers(" ~ [daily_partitions.sql_text(target.path), daily_partitions.sql_text(path),
        daily_partitions.sql_list(scratch)] | join(", ") ~ ") as fault"
    )[0]["fault"] -%}
    {{ return(["Those who read " ~ path ~ " see what was there before this run, the copy could not be renewed: " ~ fault] if fault else []) }}
{% endmacro %}


{% macro readers_path() %}
    {%- set path = env_var("READERS_PATH", "") or daily_partitions.setting("readers_path") -%}
    {%- if path == "none" or target.path == ":memory:" -%}
        {{ return(none) }}
    {%- elif path == "beside" -%}
        {{ return(modules.re.sub("([.][^./]*)?$", "_readers.duckdb", target.path, count=1)) }}
    {%- endif -%}
    {{ return(daily_partitions.absolute_path(path)) }}
{% endmacro %}
