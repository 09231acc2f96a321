-- depends_on: {{ ref("source_days") }}
-- a feed that arrived without its rows empties no day, unless someone asks for the days. A run of given days has not
-- looked at the whole feed, and need not have anything to look at; of the days outside the calendar nothing was seen
-- now
select
    partition_date,
    'no row left, nor of any other day: the feed is empty. If that is right, ask for the day by name' as reason,
from {{ ref("staged_days") }}
where
    source_rows = 0 and previous_row_count > 0
    {% if run_window() %} and false
    {% else %} and not exists (select 1 from {{ ref("source_days") }} where {{ is_scanned("partition_date", none) }})
    {% endif %}
