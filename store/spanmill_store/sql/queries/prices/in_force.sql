-- All prices, or those of one model: some thousand rows.
-- model: in lower case, '' for all.
-- Reads the table; it is small.
SELECT Provider, Model, ValidFrom, ValidUntil, Tiers, Origin
FROM current_model_prices
WHERE {model:String} = '' OR Model = {model:String}
ORDER BY Model, Provider, ValidFrom
