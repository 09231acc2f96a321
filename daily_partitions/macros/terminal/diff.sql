{% macro diff(partition_date, from_run=none, to_run=none) %}
    {#- dbt run-operation diff --target preview --args '{partition_date: 2026-01-15}' -#}
    {%- set day = daily_partitions.day_of_var("partition_date", partition_date) -%}
    {%- set ends = daily_partitions.compared_versions(day, from_run, to_run) -%}
    {%- if not ends -%}
        {%- do daily_partitions.print_lines([day ~ " has not changed since run " ~ daily_partitions.versions_of(day).columns["run_number"].values() | first ~ " published it: there is nothing to compare"]) -%}
    {%- else -%}
        {%- set lines = [day ~ ", from run " ~ ends.before ~ " to run " ~ ends.after] -%}
        {%- do lines.extend(daily_partitions.compared_figures(day, ends)) -%}
        {%- for mart in daily_partitions.pipeline("marts") -%}
            {%- do lines.extend(daily_partitions.compared_rows(day, ends, mart)) -%}
        {%- endfor -%}
        {%- do daily_partitions.print_lines(lines) -%}
    {%- endif -%}
{% endmacro %}


{% macro versions_of(day) %}
    {{ return(run_query(
        "select run_number, run_id from " ~ daily_partitions.earlier_rows("partition_ledger")
        ~ " where status = 'materialized' and action in ('run', 'restore') and partition_date = '" ~ day ~ "' order by run_number"
    )) }}
{% endmacro %}


{% macro compared_versions(day, from_run, to_run) %}
    {#- By default what the last change of the day did -#}
    {%- set versions = daily_partitions.versions_of(day) -%}
    {%- set shown = [] -%}
    {%- for version in versions -%} {%- do shown.append(version["run_number"] ~ " (" ~ version["run_id"] ~ ")") -%} {%- endfor -%}
    {%- if not shown -%}
        {%- do exceptions.raise_compiler_error(day ~ " has never been published. This publishes it: dbt run --vars '{partition_date: " ~ day ~ "}'") -%}
    {%- endif -%}
    {%- set numbers = {} -%}
    {%- for name, run in {"from_run": from_run, "to_run": to_run}.items() if run is not none -%}
        {%- for version in versions if run | string in [version["run_number"] | string, version["run_id"]] -%}
            {%- do numbers.update({name: version["run_number"]}) -%}
        {%- endfor -%}
        {%- if name not in numbers -%}
            {%- do exceptions.raise_compiler_error(
                name ~ ": got '" ~ run ~ "', expected the number or the id of a run that published " ~ day ~ ": " ~ shown | join(", ")
                ~ ". This works: dbt run-operation diff --target preview --args '{partition_date: " ~ day ~ "}'"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set after = numbers.to_run or versions[-1]["run_number"] -%}
    {%- if not numbers.from_run -%}
        {%- for change in run_query(
            "select run_number, run_number_before from (" ~ daily_partitions.earlier_changes() ~ ") where partition_date = '" ~ day
            ~ "' and change in ('restated', 'restored') and run_number <= " ~ after ~ " order by run_number desc limit 1"
        ) -%}
            {{ return({"before": change["run_number_before"], "after": numbers.to_run or change["run_number"]}) }}
        {%- endfor -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return({"before": numbers.from_run, "after": after}) }}
{% endmacro %}


{% macro compared_figures(day, ends) %}
    {%- set line = "%-14s %18s %18s %18s" -%}
    {%- set query -%}
        select
            row_count,
            {%- for name in daily_partitions.figures() %} {{ daily_partitions.shown_figure(name) }} as {{ name }}, {%- endfor %}
        from {{ daily_partitions.earlier_rows("partition_ledger") }}
        where partition_date = '{{ day }}' and run_number in ({{ ends.before }}, {{ ends.after }})
        order by run_number = {{ ends.after }}
    {%- endset -%}
    {%- set versions = run_query(query) -%}
    {%- set lines = [line | format("", "before", "after", "difference")] -%}
    {%- for name in ["row_count"] + daily_partitions.figures().keys() | list -%}
        {%- set before, after = versions[0][name], versions[-1][name] -%}
        {%- do lines.append(line | format(name | replace("_", " "), before, after, after - before)) -%}
    {%- endfor -%}
    {{ return(lines) }}
{% endmacro %}


{% macro compared_rows(day, ends, mart) %}
    {#- The sum of what went and came on the way; backwards what came is what goes -#}
    {%- set of_day = "model = '" ~ mart ~ "' and partition_date = '" ~ day ~ "'" -%}
    {%- set on_the_way = "run_number > " ~ [ends.before, ends.after] | min ~ " and run_number <= " ~ [ends.before, ends.after] | max -%}
    {%- if daily_partitions.has_lost_changes(of_day, on_the_way) -%}
        {{ return(["", mart ~ ": the rows that went and came so long ago are no longer kept, see kept_versions"]) }}
    {%- endif -%}
    {%- set query -%}
        select
            if(more > 0, '+', '-') as sign,
            abs(more)::bigint as row_count,
            array_to_string(json_keys(changed_row), ', ') as names,
            array_to_string(list_transform(json_keys(changed_row), lambda name: coalesce(changed_row ->> name, '')), ', ') as row_as_text,
            coalesce(sum(-more) filter (where more < 0) over (), 0)::bigint as rows_that_went,
            coalesce(sum(more) filter (where more > 0) over (), 0)::bigint as rows_that_came,
            count(*) over () as line_count,
        from (
            select changed_row, sum(if(change = 'added', row_count, -row_count)) * {{ 1 if ends.before < ends.after else -1 }} as more
            from {{ daily_partitions.earlier_rows("partition_row_changes") }}
            where {{ of_day }} and {{ on_the_way }}
            group by changed_row
        )
        where more != 0
        order by changed_row, sign desc
        limit 100
    {%- endset -%}
    {%- set rows = run_query(query) -%}
    {%- if not rows | length -%}
        {{ return(["", mart ~ ": the same rows"]) }}
    {%- endif -%}
    {%- set lines = ["", mart ~ ": rows that went: " ~ rows[0]["rows_that_went"] ~ ", that came: " ~ rows[0]["rows_that_came"], "  " ~ rows[0]["names"]] -%}
    {%- for row in rows -%}
        {%- do lines.append(row["sign"] ~ " " ~ row["row_as_text"] ~ (", " ~ row["row_count"] ~ " times" if row["row_count"] > 1 else "")) -%}
    {%- endfor -%}
    {%- if rows[0]["line_count"] > 100 -%}
        {%- do lines.append("… and " ~ (rows[0]["line_count"] - 100) ~ " more: select * from partition_row_changes where " ~ of_day ~ " and " ~ on_the_way) -%}
    {%- endif -%}
    {{ return(lines) }}
{% endmacro %}


{% macro has_lost_changes(of_day, on_the_way) %}
    {#- Those that are kept are the newest of the day -#}
    {%- set query -%}
        select count(*) as lost
        from (
            select
                run_number,
                {{ daily_partitions.has_other_rows("*", "lag(*) over by_run") }} as is_change
            from {{ daily_partitions.earlier_rows("partition_outputs") }}
            where {{ of_day }}
            window by_run as (order by run_number)
        )
        where is_change and {{ on_the_way }} and run_number < coalesce(
            (select min(run_number) from {{ daily_partitions.earlier_rows("partition_row_changes") }} where {{ of_day }}), run_number + 1
        )
    {%- endset -%}
    {{ return(run_query(query)[0]["lost"] > 0) }}
{% endmacro %}
