-- a feed that changed the form of its dates must not empty what is published
select
    partition_date,
    format(
        'no row left of {}, and {} rows of the feed whose date cannot be read', previous_row_count, undated.row_count
    ) as reason,
from
    {{ ref("staged_days") }},
    (
        select count(*) as row_count from {{ ref(project_name, pipeline("staged")) }} where {{ day_column() }} is null
    ) as undated
where source_rows = 0 and previous_row_count > 0 and undated.row_count > 0
