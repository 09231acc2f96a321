from {{ ref("delete_insert") }} where quantity >= 1000
