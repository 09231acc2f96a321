{% macro number_type(name) %}
    {%- set text = var(name) | string | lower | replace(" ", "") -%}
    {%- if name == "quantity_type" and text in ["bigint", "integer"] -%}
        {{ return({"sql": text, "scale": 0}) }}
    {%- endif -%}
    {%- set match = modules.re.fullmatch("decimal[(]([0-9]{1,2}),([0-9]{1,2})[)]", text) -%}
    {%- if match and 1 <= match.group(1) | int <= 38 and match.group(2) | int <= match.group(1) | int -%}
        {{ return({"sql": "decimal(" ~ match.group(1) | int ~ ", " ~ match.group(2) | int ~ ")", "scale": match.group(2) | int}) }}
    {%- endif -%}
    {%- do refuse_var(
        name, var(name), ("bigint, integer or " if name == "quantity_type" else "") ~ "decimal(precision, scale), the precision at most 38"
    ) -%}
{% endmacro %}
