{% macro check_vars() %}
    {%- set names = [
        "partition_date", "partition_start", "partition_end", "start_date", "timezone", "raw_sales_path", "export_dir",
        "quantity_type", "price_type", "max_rejected_ratio", "lookback_days", "grace_minutes",
        "expected_until", "escape_formulas",
    ] -%}
    {%- set given = invocation_args_dict.get("vars") or {} -%}
    {%- for name in given if name not in names -%}
        {%- do refuse_var(name, given[name], "another name: there is no such var, there are " ~ names | join(", ")) -%}
    {%- endfor -%}
    {%- for name in ["partition_date", "partition_start", "partition_end", "start_date"] if name in given -%}
        {%- if given[name] is none -%}
            {%- do refuse_var(name, "", "a day written YYYY-MM-DD") -%}
        {%- endif -%}
    {%- endfor -%}

    {%- do day_var("start_date") -%}
    {%- do run_window() -%}
    {%- if number_type("quantity_type").scale + number_type("price_type").scale > 6 -%}
        {%- do refuse_var("price_type", var("price_type"), "no more than 6 decimals together with quantity_type " ~ var("quantity_type")) -%}
    {%- endif -%}
    {%- for name in ["raw_sales_path", "export_dir"] if var(name) is not string or not var(name).strip() -%}
        {%- do refuse_var(name, var(name), "a path") -%}
    {%- endfor -%}
    {%- for name in ["RAW_SALES_PATH", "EXPORT_DIR", "DUCKDB_PATH"] if env_var(name, "") and not env_var(name).strip() -%}
        {%- do exceptions.raise_compiler_error("The environment variable " ~ name ~ " is blank, expected a path; unset it for the default") -%}
    {%- endfor -%}
    {%- if var("timezone") not in modules.pytz.all_timezones -%}
        {%- do refuse_var("timezone", var("timezone"), "the name of a time zone, such as Asia/Tokyo") -%}
    {%- endif -%}
    {%- set lookback = var("lookback_days") -%}
    {%- if lookback != "all" and (lookback is not integer or lookback is boolean or not 1 <= lookback <= 36500) -%}
        {%- do refuse_var("lookback_days", lookback, "a number of days from 1 to 36500, or all") -%}
    {%- endif -%}
    {%- set grace = var("grace_minutes") -%}
    {%- if grace is not integer or grace is boolean or not 0 <= grace <= 525600 -%}
        {%- do refuse_var("grace_minutes", grace, "a number of minutes from 0 to 525600") -%}
    {%- endif -%}
    {%- if var("expected_until") not in ["feed", "newest"] and not modules.re.fullmatch("[0-9-]{10}", var("expected_until") | string) -%}
        {%- do refuse_var("expected_until", var("expected_until"), "feed, newest or a day written YYYY-MM-DD") -%}
    {%- elif var("expected_until") not in ["feed", "newest"] -%}
        {%- do day_var("expected_until") -%}
    {%- endif -%}
    {%- set ratio = var("max_rejected_ratio") -%}
    {%- if ratio is not number or ratio is boolean or not 0 <= ratio <= 1 -%}
        {%- do refuse_var("max_rejected_ratio", ratio, "a number from 0 to 1") -%}
    {%- endif -%}
    {%- if var("escape_formulas") is not boolean -%}
        {%- do refuse_var("escape_formulas", var("escape_formulas"), "true or false") -%}
    {%- endif -%}
{% endmacro %}
