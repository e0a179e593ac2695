-- Drop a part that a repeated insert wrote although its rows were there.
-- table: a table of items. part: the part's name.
ALTER TABLE {table:Identifier} DROP PART {part:String}
