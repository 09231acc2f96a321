{% macro check_run() %}
    {#- Rendered twice: when dbt parses, which is before anything is opened, and again when the run starts -#}
    {%- if dbt_version >= "2" -%}
        {%- do exceptions.raise_compiler_error(
            "dbt v2 cannot run this pipeline, because it loads no Python plugins; this is " ~ dbt_version ~ ". Use dbt-core 1.11 or 1.12"
        ) -%}
    {%- endif -%}
    {%- do daily_partitions.check_vars() -%}
    {%- if flags.WHICH in ["run", "build"] -%}
        {%- set window = daily_partitions.run_window() -%}
        {%- if flags.FULL_REFRESH and window -%}
            {%- do exceptions.raise_compiler_error(
                "--full-refresh with " ~ window.start ~ " to " ~ window.end ~ " would drop all other days. Run the days without"
                ~ " --full-refresh, or every day of the feed: dbt run --full-refresh"
            ) -%}
        {%- endif -%}
        {%- if flags.EMPTY -%}
            {%- do exceptions.raise_compiler_error(
                "--empty would publish the days without their rows. To check the SQL alone: dbt compile, or dbt test --select test_type:unit"
            ) -%}
        {%- endif -%}
        {%- if execute -%}
            {%- if not selected_resources -%}
                {%- do exceptions.raise_compiler_error(
                    "dbt retry cannot go on where a run ended: it works on no days. Run the same days again, what is done twice is the same"
                ) -%}
            {%- endif -%}
            {%- if daily_partitions.is_preview() and target.path != ":memory:" -%}
                {%- do daily_partitions.refuse_project(
                    "A preview works in memory, and the target preview in profiles.yml would let it write to " ~ target.path,
                    'preview: {<<: *dev, path: ":memory:", attach: [{path: *warehouse, alias: warehouse, read_only: true}]}'
                ) -%}
            {%- endif -%}
            {%- do daily_partitions.check_project() -%}
            {%- do daily_partitions.check_selection() -%}
            {%- do daily_partitions.take_days() -%}
            {%- do daily_partitions.check_warehouse() -%}
            {%- set calendar = daily_partitions.health_window() -%}
            {#- Of a calendar that has not begun no day is read, and there need be no feed -#}
            {%- do daily_partitions.check_history() -%}
            {%- if not daily_partitions.leaves_feed_alone() and (window or calendar.start <= calendar.end) and (daily_partitions.is_selected("partition_plan") or (daily_partitions.is_selected("source_days") and daily_partitions.scan_is_due())) -%}
                {%- if not daily_partitions.is_preview() -%} {%- do daily_partitions.check_feed_is_known() -%} {%- endif -%}
                {%- do daily_partitions.check_places() -%}
                {%- do daily_partitions.check_feed() -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro is_selected(name) %}
    {{ return("model.daily_partitions." ~ name in selected_resources) }}
{% endmacro %}


{% macro is_preview() %}
    {#- A target of its own, whose models are made in memory beside the warehouse and forgotten when the run ends -#}
    {{ return(target.name in ["preview", "lake_preview"]) }}
{% endmacro %}
