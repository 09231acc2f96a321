{% macro csv_reader(files) %}
    {%- set delimiter = "\t" if ".tsv" in files[0] | lower else "," -%}
    {%- set header = run_query(
        "select line from read_csv(" ~ sql_text(files[0]) ~ ", columns = {'line': 'varchar'}, auto_detect = false,"
        ~ " header = false, delim = '\\x00', quote = '', escape = '', strict_mode = false, ignore_errors = true) limit 1"
    ) -%}
    {%- if header | length == 0 or not header[0]["line"] -%}
        {%- do refuse_feed("starts with no header: " ~ files[0] ~ " is empty") -%}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for name in header[0]["line"].split(delimiter) -%}
        {%- do names.append(name.strip().strip('"').strip() | lower) -%}
    {%- endfor -%}
    {%- if names | unique | list | length < names | length -%}
        {%- do refuse_feed("has two columns of one name in " ~ files[0] ~ ": " ~ names | join(", ")) -%}
    {%- endif -%}

    {%- set columns = [] -%}
    {%- for name in names -%}
        {%- do columns.append(sql_text(name) ~ ": 'varchar'") -%}
    {%- endfor -%}
    {#- Nothing is left to detection: a detector that meets a broken line refuses the file, or takes another dialect -#}
    {%- set sql -%}
        read_csv(
            {{ sql_list(files) }},
            columns = { {{- columns | join(", ") -}} },
            auto_detect = false,
            header = false,
            delim = '{{ delimiter }}',
            quote = '"',
            escape = '"',
            store_rejects = true
        )
    {%- endset -%}
    {{ return({"sql": sql, "is_data": is_no_header(names), "names": names, "delimiter": delimiter}) }}
{% endmacro %}


{% macro is_no_header(names) %}
    {#- Every file's header arrives as a row; in one that differs from the first file's the columns would be mixed up -#}
    {%- set quoted = [] -%}
    {%- for name in names -%}
        {%- do quoted.append(sql_text(name)) -%}
    {%- endfor -%}
    {%- set same = [] -%}
    {%- set alike = [] -%}
    {%- for name in ["date", "product", "quantity", "price"] if name in names -%}
        {%- do same.append("lower(trim(" ~ name ~ ")) = '" ~ name ~ "'") -%}
        {%- do alike.append("lower(trim(" ~ name ~ ")) in (" ~ quoted | join(", ") ~ ")") -%}
    {%- endfor -%}
    case
        when not coalesce({{ alike | last }}, false) then true
        when {{ same | join(" and ") }} then false
        when {{ alike | join(" and ") }} then
            error('The files of the feed differ in the order of their columns: give files with one header, or a subquery for each')
        else true
    end
{% endmacro %}
