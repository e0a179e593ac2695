-- Names and types of what a rule's own SELECT returns.
-- [select]: a checked SELECT. Reads nothing.
DESCRIBE TABLE
(
    /*[select]*/ SELECT '' AS TraceId /*[/select]*/
)
