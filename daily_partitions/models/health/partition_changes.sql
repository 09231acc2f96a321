{{
    config(
        materialized="view",
        pre_hook={"sql": "{{ take_turn() }}", "transaction": false},
        post_hook={"sql": "{{ give_turn() }}", "transaction": false},
    )
}}

{{ changed_days(ref("partition_plan"), ref("partition_ledger"), ref("partition_outputs")) }}
