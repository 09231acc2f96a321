{% macro settings() %}
    {#- Each setting once: its default, its environment variable, what it takes and what it means. check_vars and the tables in the docs
        follow from here -#}
    {{ return({
        "partition_date": {"env": "PARTITION_DATE", "meaning": "the one day to run, `YYYY-MM-DD`"},
        "partition_start": {"env": "PARTITION_START", "meaning": "the first day to run"},
        "partition_end": {"env": "PARTITION_END", "meaning": "the last day to run"},
        "start_date": {"meaning": "the first day of the calendar; earlier rows of the feed are left alone"},
        "timezone": {"default": "UTC", "meaning": "in which a time with an offset becomes a day"},
        "export_dir": {"default": "data", "env": "EXPORT_DIR", "meaning": "where the files go"},
        "readers_path": {
            "default": "beside", "env": "READERS_PATH",
            "meaning": "where a copy of the warehouse is put when a run ends, for those who only read: a path, `none`, or `beside` the warehouse"
            ~ " as `warehouse_readers.duckdb`",
        },
        "max_rejected_ratio": {"default": 0.05, "meaning": "a day with a larger share of rejected rows fails"},
        "lookback_days": {"default": "all", "meaning": "how many days back health looks"},
        "expected_until": {
            "default": "feed",
            "meaning": "until when each day is owed: until the newest day of the feed (`feed`), the newest complete day (`newest`), or a day. A"
            ~ " day that is owed and did not come is `missing`, and stays so until its rows come or it is asked for by name",
        },
        "grace_minutes": {"default": 0, "meaning": "how long after midnight a day counts as complete"},
        "escape_formulas": {
            "default": false, "meaning": "puts a `'` before each text in a CSV that a spreadsheet would run as a formula"
        },
        "adopt_feed": {
            "default": false, "meaning": "takes another feed than the warehouse was filled from so far: `make adopt-feed`"
        },
        "kept_versions": {
            "default": 10,
            "meaning": "how many earlier versions of a day are kept, as the rows that went and came: to be shown by `make diff` and made again by"
            ~ " `make restore`. At most as many times the rows of a day are stored, twice; 0 keeps none",
        },
        "rebuild_outdated": {
            "default": false, "meaning": "lets a run without days also run those that were made by other SQL than today's: `make rebuild`"
        },
        "restore_run": {
            "meaning": "the number or id of a run: the asked days are made again as it left them, and pinned: `make restore`"
        },
        "release": {"default": false, "meaning": "ends the pin of the asked days: `make release`"},
        "accepted_days": {
            "default": [],
            "meaning": "days that are right although they break a rule: a list of `{partition_date: 2026-05-04, rule: …, reason: …}`",
        },
        "pipeline": {"meaning": "what the project consists of: `feed`, `staged`, `marts`, `exports`, `rules`, `settings`, `day`"},
    }) }}
{% endmacro %}


{% macro settings_table() %}
    {#- As docs/settings.md and the docs site have it: dbt run-operation settings_table -#}
    {%- set rows = ["| var | default | environment variable | meaning |", "| --- | --- | --- | --- |"] -%}
    {%- for name, setting in daily_partitions.settings().items() if name != "pipeline" -%}
        {%- set default = daily_partitions.setting(name) -%}
        {%- set shown = "" if default is none else "`" ~ (tojson(default) if default is boolean else default) ~ "`" -%}
        {%- do rows.append("| `" ~ name ~ "` | " ~ shown ~ " | " ~ ("`" ~ setting.env ~ "`" if setting.env else "") ~ " | " ~ setting.meaning ~ " |") -%}
    {%- endfor -%}
    {%- do print(rows | join("\n") | replace("|  |", "| |") | replace("|  |", "| |")) -%}
{% endmacro %}


{% macro setting(name) %}
    {{ return(var(name, daily_partitions.settings()[name].get("default"))) }}
{% endmacro %}


{% macro check_vars() %}
    {%- set names = daily_partitions.settings().keys() | list + daily_partitions.pipeline("settings") -%}
    {%- set given = invocation_args_dict.get("vars") or {} -%}
    {%- for name in given if name not in names -%}
        {%- do daily_partitions.refuse_var(name, given[name], "another name: there is no such var, there are " ~ names | join(", ")) -%}
    {%- endfor -%}
    {%- for name in ["partition_date", "partition_start", "partition_end", "start_date"] if name in given and given[name] is none -%}
        {%- do daily_partitions.refuse_var(name, "", "a day written YYYY-MM-DD") -%}
    {%- endfor -%}
    {%- do daily_partitions.day_var("start_date") -%}
    {%- do daily_partitions.run_window() -%}

    {%- for name in ["export_dir", "readers_path"] -%}
        {%- set path = daily_partitions.setting(name) -%}
        {%- if path is not string or not path.strip() -%}
            {%- do daily_partitions.refuse_var(name, path, "a path") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in ["EXPORT_DIR", "DUCKDB_PATH", "READERS_PATH"] if env_var(name, "") and not env_var(name).strip() -%}
        {%- do exceptions.raise_compiler_error("The environment variable " ~ name ~ " is blank, expected a path; unset it for the default") -%}
    {%- endfor -%}
    {%- if daily_partitions.setting("timezone") not in modules.pytz.all_timezones -%}
        {%- do daily_partitions.refuse_var("timezone", daily_partitions.setting("timezone"), "the name of a time zone, such as Asia/Tokyo") -%}
    {%- endif -%}
    {%- if daily_partitions.setting("lookback_days") != "all" -%}
        {%- do daily_partitions.check_number("lookback_days", 1, 36500, "a number of days from 1 to 36500, or all") -%}
    {%- endif -%}
    {%- do daily_partitions.check_number("grace_minutes", 0, 525600, "a number of minutes from 0 to 525600") -%}
    {%- do daily_partitions.check_number("max_rejected_ratio", 0, 1, "a number from 0 to 1", is_whole=false) -%}
    {%- set until = daily_partitions.setting("expected_until") -%}
    {%- if until not in ["feed", "newest"] and not modules.re.fullmatch("[0-9-]{10}", until | string) -%}
        {%- do daily_partitions.refuse_var("expected_until", until, "feed, newest or a day written YYYY-MM-DD") -%}
    {%- elif until not in ["feed", "newest"] -%}
        {%- do daily_partitions.day_var("expected_until") -%}
    {%- endif -%}
    {%- do daily_partitions.check_number("kept_versions", 0, 100000, "a number of versions from 0 to 100000") -%}
    {%- for name in ["escape_formulas", "adopt_feed", "rebuild_outdated", "release"] if daily_partitions.setting(name) is not boolean -%}
        {%- do daily_partitions.refuse_var(name, daily_partitions.setting(name), "true or false") -%}
    {%- endfor -%}
    {%- do daily_partitions.accepted_days() -%}
{% endmacro %}


{% macro check_number(name, least, most, expected, is_whole=true) %}
    {%- set value = daily_partitions.setting(name) -%}
    {%- if value is not number or value is boolean or (is_whole and value is not integer) or not least <= value <= most -%}
        {%- do daily_partitions.refuse_var(name, value, expected) -%}
    {%- endif -%}
{% endmacro %}


{% macro accepted_days() %}
    {%- set accepted = daily_partitions.setting("accepted_days") -%}
    {%- for day in (accepted if accepted is sequence and accepted is not string else [none]) -%}
        {%- if day is not mapping or day.keys() | sort != ["partition_date", "reason", "rule"] or not day.reason or day.rule not in daily_partitions.rules() -%}
            {%- do daily_partitions.refuse_var(
                "accepted_days", day if day is not none else accepted,
                "a list of {partition_date: 2026-05-04, rule: one of " ~ daily_partitions.rules() | join(", ") ~ ", reason: a bank holiday}"
            ) -%}
        {%- endif -%}
        {%- do daily_partitions.day_of_var("accepted_days", day.partition_date) -%}
    {%- endfor -%}
    {{ return(accepted) }}
{% endmacro %}


{% macro refuse_var(name, value, expected) %}
    {%- set shown = value | string | replace("\n", " ") | truncate(60) -%}
    {#- A day that any project has. Without restore_run or release it would be run from the feed, which was not asked -#}
    {%- set remedy = ". This works: dbt run --vars '{partition_date: " ~ ("2026-01-15" if name == "start_date" else daily_partitions.setting("start_date")) ~ "}'" -%}
    {%- do exceptions.raise_compiler_error(
        ("The environment variable " if name == name | upper else "The var ") ~ name ~ ": got '" ~ shown ~ "', expected " ~ expected
        ~ (remedy if name not in ["restore_run", "release"] else "")
    ) -%}
{% endmacro %}


{% macro day_var(name) %}
    {{ return(daily_partitions.day_of_var(name, daily_partitions.setting(name))) }}
{% endmacro %}


{% macro day_of_var(name, value) %}
    {#- YAML makes a date of 2026-01-15 and leaves 2026-1-5 a text, so the text of both is looked at.
        Jinja cannot catch what strptime raises: an impossible day shows by landing in another month -#}
    {%- set text = value | string -%}
    {%- if modules.re.fullmatch("[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", text) -%}
        {%- set first = modules.datetime.date(text[:4] | int, text[5:7] | int, 1) -%}
        {%- set day = first + modules.datetime.timedelta(days=(text[8:] | int) - 1) -%}
        {%- if day.month == first.month -%}
            {{ return(day) }}
        {%- endif -%}
    {%- endif -%}
    {%- do daily_partitions.refuse_var(name, text, "a day of the calendar written YYYY-MM-DD") -%}
{% endmacro %}
