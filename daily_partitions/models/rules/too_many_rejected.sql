select
    partition_date,
    format(
        '{} of {} rows rejected, max_rejected_ratio is {}',
        rejected_count,
        source_rows,
        {{ setting("max_rejected_ratio") }}
    ) as reason,
from {{ ref("staged_days") }}
where rejected_count > {{ setting("max_rejected_ratio") }} * source_rows
