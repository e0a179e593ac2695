"""
Routes: what rules find goes to people and other systems, and is told once.

`findings` turns what lies in ClickHouse into items of the review queue and into notifications, `alerts` watches means,
`deliverer` sends what is pending, `transport` is the only place that opens a connection to an address out of a rule.
"""
