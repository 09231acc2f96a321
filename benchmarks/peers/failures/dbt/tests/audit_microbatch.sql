from {{ ref("microbatch") }} where quantity >= 1000
