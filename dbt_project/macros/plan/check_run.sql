{% macro check_run() %}
    {#- Rendered twice: when dbt parses, which is before anything is opened, and again when the run starts -#}
    {%- do check_vars() -%}
    {%- if flags.WHICH in ["run", "build"] -%}
        {%- set window = run_window() -%}
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
            {%- do check_selection() -%}
            {%- do check_warehouse() -%}
            {%- set model = "model." ~ project_name ~ "." -%}
            {%- if model ~ "partition_plan" in selected_resources or (model ~ "source_days" in selected_resources and scan_is_due()) -%}
                {%- do check_places() -%}
                {%- do check_feed() -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
