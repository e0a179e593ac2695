"""
What models cost: a price list, a file of the user's own before it, and the table by which spans are priced.

`price` says what a price is. `catalog` reads the list, the package ``genai-prices``, `user_file` the user's file, and
`book` puts the two together. `table` is ``model_prices`` in ClickHouse, `sync` brings it up to date, and
`fill` gives a cost to spans that were stored before their price was known. No module here speaks with the network.
"""
