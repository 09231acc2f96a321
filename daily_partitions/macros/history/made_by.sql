{% macro made_by(name) %}
    {#- What makes a day of a mart or a file: its logic, and of a file also what else makes its bytes. Other logic has another hash -#}
    {%- if not execute -%}
        {{ return("") }}
    {%- endif -%}
    {%- set key = "made by " ~ name -%}
    {%- if key not in daily_partitions.of_run() -%}
        {%- set form = daily_partitions.export_of(name) if name in daily_partitions.pipeline("exports") else "" -%}
        {%- set logic = daily_partitions.logic_of(daily_partitions.node_of(name)) ~ form ~ (daily_partitions.setting("escape_formulas") if form.endswith(".csv")) -%}
        {%- do daily_partitions.of_run().update({key: local_md5(logic)[:12]}) -%}
    {%- endif -%}
    {{- return(daily_partitions.of_run()[key]) -}}
{% endmacro %}


{% macro logic_of(node) %}
    {#- The SQL of a model with the macros and vars in it, and of all it is made of but other marts, which have their own. Not as it is
        compiled: that has the days of the run, and to compile a model before its turn may ask for tables that are not there yet -#}
    {%- set bodies = {} -%}
    {%- do daily_partitions.add_macros(bodies, node.depends_on.macros) -%}
    {%- set text = node.raw_code ~ "\n" ~ bodies.values() | join("\n") -%}
    {#- Words, texts and signs: how they are spaced and what is said of them does not matter -#}
    {%- set words = modules.re.findall(
        "[{]#(?:.|\n)*?#[}]|--[^\n]*|/[*](?:.|\n)*?[*]/|\\s+|('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\\w+|.)", text
    ) | select | list -%}
    {#- A macro may be told the name of the var -#}
    {%- set settings = daily_partitions.pipeline("settings") | select("in", modules.re.findall("['\"](\\w+)['\"]", text)) | list -%}
    {%- for name in settings + modules.re.findall("\\bvar\\(\\s*['\"](\\w+)", text) -%}
        {%- do words.append(name ~ "=" ~ var(name, none)) -%}
    {%- endfor -%}
    {%- for id in node.depends_on.nodes if id in graph.nodes -%}
        {%- set parent = graph.nodes[id] -%}
        {%- if parent.resource_type == "seed" -%}
            {%- do words.append(parent.checksum.checksum) -%}
        {%- elif parent.package_name != "daily_partitions" and parent.name not in daily_partitions.pipeline("marts") -%}
            {%- do words.append(daily_partitions.logic_of(parent)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(words | join(" ")) }}
{% endmacro %}


{% macro add_macros(bodies, ids) %}
    {#- Those of the engine and of dbt are not what the project means by a day -#}
    {%- for id in ids if id not in bodies -%}
        {%- set package, name = id.split(".")[1:] -%}
        {%- if package not in ["daily_partitions", "dbt", "dbt_duckdb"] -%}
            {%- set macro = context[package][name].macro -%}
            {%- do bodies.update({id: macro.macro_sql}) -%}
            {%- do daily_partitions.add_macros(bodies, macro.depends_on.macros) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
