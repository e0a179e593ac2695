-- How many rows of a table hold an id, or one of the traces in the list, and some of their traces.
-- table: which. id: looked for; id_json: the same in JSON. pass: the list. [where]: a condition for each column that can
-- hold text, see spanmill_store.forgetting.search. [trace]: the column with the trace's id, where there is one.
-- Reads the whole table.
SELECT count() AS Rows, groupUniqArray(5)(toString(/*[trace]*/ '' /*[/trace]*/)) AS Traces
FROM {table:Identifier}
WHERE /*[where]*/ position({id:String}, {id_json:String}) > {pass:UInt64} /*[/where]*/
