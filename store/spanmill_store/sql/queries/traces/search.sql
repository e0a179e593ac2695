-- The ids of the newest traces in which a text was asked, or answered, in a stretch of time.
-- project: whose. since, before: when they began. limit: how many. text: to be found in any case, as it stands.
-- in_output: whether to look at answers instead of at questions.
-- Reads one text column of the hours of that time.
SELECT TraceId, min(StartTime) AS FirstTime
FROM trace_parts
WHERE Project = {project:String}
    AND Day BETWEEN toDate({since:DateTime64(9)}) AND toDate({before:DateTime64(9)})
    AND Hour BETWEEN toStartOfHour({since:DateTime64(9)}) AND {before:DateTime64(9)}
    AND StartTime >= {since:DateTime64(9)} AND StartTime < {before:DateTime64(9)}
    AND positionCaseInsensitiveUTF8(if({in_output:Bool}, Output.Text, Input.Text), {text:String}) > 0
GROUP BY TraceId
ORDER BY FirstTime DESC, TraceId
LIMIT {limit:UInt32}
