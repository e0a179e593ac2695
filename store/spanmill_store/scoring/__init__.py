"""
What scoring asks of ClickHouse: rules become checked SQL, complete traces enter the ledger, targets are scored.

`predicates` is the only place where text from rules becomes SQL; `templates` puts it into named queries, `checks` asks
the server whether it compiles, `plan` and `evaluation` run it. Tables that others read as well have modules of their
own beside this package: `scores`, `ledger`, `flags`, `targets`, `datasets`.
"""
