{#- A run looks at this itself before it publishes; here it is looked at again when the run is over, as all data tests are -#}
{% test every_staged_row_is_accounted_for(model) %} {{ unaccounted_days(model) }} {% endtest %}
