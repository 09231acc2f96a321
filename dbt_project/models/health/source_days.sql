{{ config(materialized="incremental", incremental_strategy="replace_scanned_days") }} {{ days_of_source() }}
