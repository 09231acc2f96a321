{% macro export() %}
    copy (select *, date as day from {{ this }} order by all)
    to '{{ env_var("EXPORT_DIR") }}/{{ "behind" if "behind" in this.identifier else "own" }}'
    (format csv, partition_by (day), filename_pattern 'sales', overwrite_or_ignore)
{% endmacro %}
