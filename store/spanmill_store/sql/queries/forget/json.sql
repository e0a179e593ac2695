-- An id as it stands in JSON, quotes included.
-- id: the id.
SELECT toJSONString({id:String}) AS Json
