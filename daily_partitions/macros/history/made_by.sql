{% macro made_by(name) %}
    {#- What makes a day of a mart or a file: its SQL as it is compiled, without its comments and its days. Of a file also what else makes
        its bytes. Other logic has another hash -#}
    {%- if not execute -%}
        {{ return("") }}
    {%- endif -%}
    {%- set key = "made by " ~ name -%}
    {%- if key not in daily_partitions.of_run() -%}
        {%- do daily_partitions.of_run().update({"is_asked_for_logic": true}) -%}
        {%- set sql = daily_partitions.logic_of(daily_partitions.node_of(name)) -%}
        {%- do daily_partitions.of_run().update({"is_asked_for_logic": false}) -%}
        {%- set form = daily_partitions.export_of(name) if name in daily_partitions.pipeline("exports") else "" -%}
        {%- do daily_partitions.of_run().update({key: local_md5(sql ~ form ~ (daily_partitions.setting("escape_formulas") if form.endswith(".csv")))[:12]}) -%}
    {%- endif -%}
    {{- return(daily_partitions.of_run()[key]) -}}
{% endmacro %}


{% macro logic_of(node) %}
    {#- What is taken for words, texts and signs: how they are spaced does not matter -#}
    {%- set sql = render("{%- set ref = daily_partitions.named_in_logic -%} {%- set this = '" ~ node.name ~ "' -%}" ~ node.raw_code) -%}
    {{ return(modules.re.findall("--[^\n]*|/[*](?:.|\n)*?[*]/|\\s+|('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\\w+|.)", sql) | select | join(" ")) }}
{% endmacro %}


{% macro named_in_logic(name, name_in_package=none) %}
    {#- In the place of ref: what is put into the SQL of a model is part of its logic, what is a table has its own -#}
    {%- for node in graph.nodes.values() if node.name == (name_in_package or name) and node.config.materialized == "ephemeral" -%}
        {{ return("(" ~ daily_partitions.logic_of(node) ~ ")") }}
    {%- endfor -%}
    {{- return(name_in_package or name) -}}
{% endmacro %}
