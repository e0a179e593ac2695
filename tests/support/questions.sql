SELECT 1 AS one, 'a' AS b
SELECT count() FROM traces
SELECT COUNT(*) FROM traces
SELECT Count(DISTINCT SpanName) FROM otel_traces
SELECT * EXCEPT (LastStoreTime) FROM traces ORDER BY TraceId, UserId
SELECT * FROM spans ORDER BY ALL
SELECT * FROM otel_traces ORDER BY ALL
SELECT InputText, OutputText, SystemPrompt FROM spans ORDER BY ALL
SELECT Project, count() FROM otel_logs GROUP BY Project
SELECT quantile(0.95)(Duration) FROM otel_traces
SELECT quantiles(0.5, 0.9)(Duration) FROM otel_traces
SELECT quantileTDigestIf(0.9)(Duration, StatusCode = 'Error') FROM otel_traces
SELECT quantileDD(0.01, 0.5)(Duration) FROM otel_traces
SELECT countIf(Duration > 5), sumIf(Duration, SpanName = 'root'), avgOrNull(Duration), uniqExact(TraceId, SpanId) FROM otel_traces
SELECT argMax(SpanName, Duration), argMin(SpanName, Timestamp) FROM otel_traces
SELECT topK(1)(SpanName) FROM otel_traces
SELECT groupArray(10)(SpanName), arraySort(groupUniqArray(UserId)) FROM (SELECT * FROM otel_traces ORDER BY SpanId)
SELECT SpanAttributes['gen_ai.request.model'] AS model, count() FROM otel_traces GROUP BY model ORDER BY count() DESC
SELECT mapKeys(SpanAttributes), mapContains(SpanAttributes, 'x') FROM otel_traces LIMIT 3
SELECT Events.Name, Events.Attributes FROM otel_traces ORDER BY ALL
SELECT arrayMap(x -> x + 1, [1, 2, 3])
SELECT arrayMap((x, y) -> x + y, [1, 2], [3, 4])
SELECT arrayFilter(x -> x LIKE '%a%', Tags) FROM otel_traces LIMIT 2
SELECT arrayExists(t -> t = 'a', Tags) FROM otel_traces LIMIT 2
SELECT (1, 'a').1, tuple(1, 2).2
SELECT [1, 2, 3][1], (1, 2), map('a', 1)['a'], [[1], [2]][2][1]
SELECT CAST((1, 'x') AS Tuple(a UInt8, b String)).b
SELECT TraceId, tag FROM otel_traces ARRAY JOIN Tags AS tag ORDER BY ALL
SELECT TraceId, tag, n FROM otel_traces ARRAY JOIN Tags AS tag, arrayEnumerate(Tags) AS n ORDER BY ALL
SELECT TraceId, tag FROM otel_traces LEFT ARRAY JOIN Tags AS tag ORDER BY ALL
SELECT e.Name FROM otel_traces ARRAY JOIN Events AS e ORDER BY ALL
SELECT Events.Name FROM otel_traces ARRAY JOIN Events ORDER BY ALL
SELECT arrayJoin(Tags) AS tag, count() FROM otel_traces GROUP BY tag ORDER BY tag
SELECT arrayJoin([1, 2, 3]) AS x ORDER BY x
WITH 5 AS n SELECT n + 1
WITH toDate('2025-01-01') AS since, 10 AS n SELECT since + n
WITH (SELECT max(Duration) FROM otel_traces) AS longest SELECT count() FROM otel_traces WHERE Duration = longest
WITH t AS (SELECT TraceId, count() AS n FROM otel_traces GROUP BY TraceId) SELECT max(n) FROM t
WITH t AS (SELECT TraceId FROM otel_traces), u AS (SELECT TraceId FROM t) SELECT count() FROM u JOIN t ON u.TraceId = t.TraceId
WITH t AS (SELECT TraceId FROM otel_traces) SELECT t.TraceId FROM t ORDER BY t.TraceId LIMIT 2
WITH t AS (SELECT 1 AS a) SELECT a FROM t UNION ALL SELECT a FROM t
WITH t AS (SELECT 1 AS a) SELECT x.a FROM t AS x WHERE x.a IN (SELECT a FROM t)
SELECT * FROM (WITH t AS (SELECT 2 AS a) SELECT a FROM t)
SELECT * FROM scores FINAL ORDER BY ALL
SELECT s.TraceId FROM scores AS s FINAL ORDER BY s.TraceId LIMIT 3
SELECT TraceId, Duration FROM otel_traces ORDER BY TraceId, Duration LIMIT 1 BY TraceId
SELECT TraceId, Duration FROM otel_traces ORDER BY TraceId, Duration LIMIT 2 BY TraceId LIMIT 5
SELECT TraceId, Duration FROM otel_traces ORDER BY TraceId, Duration LIMIT 1, 2 BY TraceId
SELECT TraceId, Duration FROM otel_traces ORDER BY TraceId, Duration LIMIT 1 OFFSET 1 BY TraceId
SELECT TraceId FROM otel_traces ORDER BY TraceId LIMIT 5, 10
SELECT TraceId FROM otel_traces ORDER BY TraceId LIMIT 10 OFFSET 5
SELECT TraceId FROM otel_traces ORDER BY TraceId OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY
SELECT TraceId FROM otel_traces ORDER BY Duration LIMIT 1 WITH TIES
SELECT now() - INTERVAL 1 DAY < now(), today() > yesterday(), rand() >= 0
SELECT toDateTime('2025-01-01 00:00:00') + INTERVAL '2' HOUR, toDate('2025-01-01') + INTERVAL '1 day'
SELECT toDateTime('2025-01-01 00:00:00') + INTERVAL 1 WEEK - toIntervalMonth(2), INTERVAL 2 + 1 DAY
SELECT '5'::Int32, 1::String, '2025-01-01'::DateTime64(3, 'UTC'), -128::Int8, 0.1::Decimal(38, 30), 5 - 1::Int8
SELECT CAST('5' AS Int32), CAST('5', 'Int32'), CAST(5 AS Nullable(String)), CAST(5, 'LowCardinality(Nullable(String))')
SELECT CAST('a' AS LowCardinality(String)), CAST('a' AS Enum8('a' = 1, 'b' = 2)), toTypeName(CAST('x' AS FixedString(1)))
SELECT toTypeName(CAST(1 AS Decimal(10, 2))), toTypeName(1::Bool), toTypeName('2025-01-01'::Date32), toTypeName(1::UInt64)
SELECT toTypeName(CAST(NULL AS Nullable(Float64))), toTypeName('a'::Nullable(String)), toTypeName(CAST([] AS Array(Map(String, Tuple(a UInt8, b Array(String))))))
SELECT DATE '2025-01-01', TIMESTAMP '2025-01-01 00:00:00'
SELECT toStartOfHour(Timestamp) AS hour, count() FROM otel_traces GROUP BY hour ORDER BY hour LIMIT 3
SELECT toStartOfInterval(Timestamp, INTERVAL 5 MINUTE) AS slot, count() FROM otel_traces GROUP BY slot ORDER BY slot LIMIT 3
SELECT dateDiff('hour', min(Timestamp), max(Timestamp)) FROM otel_traces
SELECT date_diff(day, toDate('2025-01-01'), toDate('2025-01-03')), DATE_ADD(DAY, 1, toDate('2025-01-01')), dateTrunc('month', toDate('2025-01-05'))
SELECT dateAdd(DAY, 1, toDate('2025-01-01')), dateSub(HOUR, 1, toDateTime('2025-01-01 00:00:00')), date_add(toDate('2025-01-01'), INTERVAL 3 DAY)
SELECT EXTRACT(YEAR FROM toDate('2025-01-01')), extract('abc', 'b'), toYear(toDate('2025-01-01'))
SELECT formatDateTime(toDateTime('2025-01-01 00:00:00'), '%Y-%m-%d'), toYYYYMM(toDate('2025-01-01'))
SELECT row_number() OVER (PARTITION BY Project ORDER BY Timestamp) AS n, TraceId FROM otel_traces ORDER BY n, TraceId
SELECT SpanId, sum(Duration) OVER (PARTITION BY Project ORDER BY Timestamp ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM otel_traces ORDER BY ALL
SELECT avg(Duration) OVER w, max(Duration) OVER w FROM otel_traces WINDOW w AS (PARTITION BY SpanName ORDER BY Timestamp ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY ALL
SELECT SpanId, lagInFrame(Duration, 1, 0) OVER (PARTITION BY Project ORDER BY Timestamp) FROM otel_traces ORDER BY ALL
SELECT quantile(0.5)(Duration) OVER (PARTITION BY Project) FROM otel_traces LIMIT 2
SELECT TraceId, SpanId, row_number() OVER (PARTITION BY SpanName ORDER BY TraceId, SpanId) AS n FROM otel_traces QUALIFY n <= 2 ORDER BY ALL
SELECT 'abc' ILIKE 'A%', 'abc' NOT LIKE 'a%', 'abc' NOT ILIKE 'b%', match('abc', 'b'), 'abc' REGEXP 'c$'
SELECT TraceId IN (SELECT TraceId FROM scores) FROM otel_traces ORDER BY 1
SELECT TraceId FROM otel_traces WHERE TraceId IN ('trace1', 'trace3') ORDER BY TraceId
SELECT TraceId FROM otel_traces WHERE TraceId NOT IN ('trace1', 'trace3') ORDER BY TraceId
SELECT count() FROM otel_traces WHERE (TraceId, SpanId) IN (('trace1', '3'), ('trace3', '9'))
SELECT count() FROM otel_traces WHERE (Project, TraceId) NOT IN (SELECT Project, TraceId FROM flags)
SELECT count() FROM otel_traces WHERE TraceId GLOBAL IN (SELECT TraceId FROM scores)
SELECT 1 IN [1, 2], 1 IN (1), 1 IN 1, 1 NOT IN (2, 3)
SELECT SpanName, StatusCode, count() FROM otel_traces GROUP BY ALL ORDER BY ALL
SELECT SpanName, count() FROM otel_traces GROUP BY SpanName WITH TOTALS ORDER BY ALL
SELECT SpanName, StatusCode, count() FROM otel_traces GROUP BY SpanName, StatusCode WITH ROLLUP ORDER BY ALL
SELECT SpanName, StatusCode, count() FROM otel_traces GROUP BY CUBE(SpanName, StatusCode) ORDER BY ALL
SELECT SpanName, StatusCode, count() FROM otel_traces GROUP BY GROUPING SETS ((SpanName), (StatusCode)) ORDER BY ALL
SELECT SpanName, count() AS n FROM otel_traces GROUP BY SpanName HAVING n > 1 ORDER BY n DESC NULLS LAST, SpanName ASC
SELECT formatReadableSize(123456), formatReadableQuantity(1e6), formatReadableTimeDelta(100)
SELECT Duration > 5000 ? 'slow' : 'fast' AS pace FROM otel_traces ORDER BY ALL
SELECT if(Duration > 5000, 'slow', 'fast'), multiIf(1, 'a', 0, 'b', 'c') FROM otel_traces ORDER BY ALL
SELECT CASE WHEN Duration > 5000 THEN 'slow' ELSE 'fast' END, CASE SpanName WHEN 'root' THEN 1 ELSE 2 END FROM otel_traces ORDER BY ALL
SELECT JSONExtractString('{"a": {"b": "c"}}', 'a', 'b'), JSONExtractInt('{"a": [1, 2]}', 'a', 2), JSONExtract('{"a": [1]}', 'a', 'Array(UInt8)'), JSONLength('[1]')
SELECT JSONExtractRaw('{"a": [1]}', 'a'), JSON_VALUE('{"a": 1}', '$.a'), JSONHas('{"a": 1}', 'a'), simpleJSONExtractInt('{"a":1}', 'a')
SELECT '{"a": {"b": 1}}'::JSON AS j, j.a.b, j.a.b.:Int64
SELECT n FROM (SELECT 1 AS n) ORDER BY n WITH FILL FROM 0 TO 5 STEP 2
SELECT toStartOfDay(toDateTime('2025-01-03 10:00:00')) AS day, 1 AS n ORDER BY day WITH FILL FROM toDateTime('2025-01-01 00:00:00') TO toDateTime('2025-01-06 00:00:00') STEP INTERVAL 1 DAY INTERPOLATE (n AS n + 1)
SELECT * FROM (SELECT 1 AS a UNION ALL SELECT 2) ORDER BY a
SELECT 1 AS a UNION DISTINCT SELECT 1
SELECT 1 AS a INTERSECT SELECT 1
SELECT 1 AS a EXCEPT SELECT 2
(SELECT 1 AS a) UNION ALL (SELECT 1)
SELECT t.TraceId, s.Value FROM otel_traces AS t INNER JOIN scores AS s ON s.TraceId = t.TraceId AND s.Project = t.Project ORDER BY ALL
SELECT count() FROM otel_traces t LEFT JOIN scores s USING (TraceId)
SELECT count() FROM otel_traces t LEFT JOIN scores s USING TraceId
SELECT count() FROM otel_traces t LEFT SEMI JOIN scores s ON s.TraceId = t.TraceId
SELECT count() FROM otel_traces t LEFT ANTI JOIN flags s ON s.TraceId = t.TraceId
SELECT count() FROM otel_traces t ANY LEFT JOIN scores s ON s.TraceId = t.TraceId
SELECT count() FROM otel_traces t LEFT ANY JOIN scores s ON s.TraceId = t.TraceId
SELECT count() FROM otel_traces t ASOF JOIN scores s ON s.Project = t.Project AND t.Timestamp >= s.Time
SELECT count() FROM otel_traces t ASOF LEFT JOIN scores s ON s.Project = t.Project AND t.Timestamp >= s.Time
SELECT count() FROM otel_traces t FULL OUTER JOIN scores s ON s.TraceId = t.TraceId
SELECT count() FROM otel_traces t RIGHT JOIN scores s ON s.TraceId = t.TraceId
SELECT count() FROM otel_traces t GLOBAL ANY LEFT JOIN scores s ON s.TraceId = t.TraceId
SELECT count() FROM traces t JOIN traces u ON u.TraceId = t.TraceId
SELECT count() FROM (SELECT 1 AS a) x CROSS JOIN (SELECT 2 AS b) y
SELECT count() FROM traces x, scores y
SELECT * FROM (SELECT 1 AS a) x PASTE JOIN (SELECT 2 AS b) y
SELECT count() FROM otel_traces t JOIN (SELECT TraceId FROM scores FINAL WHERE Value < 2) AS s ON s.TraceId = t.TraceId
SELECT DISTINCT SpanName FROM otel_traces ORDER BY ALL
SELECT DISTINCT ON (Project) Project FROM otel_traces ORDER BY ALL
SELECT * EXCEPT LastStoreTime FROM traces ORDER BY TraceId, UserId LIMIT 1
SELECT * EXCEPT (LastStoreTime) REPLACE (1 AS SpanCount) FROM traces ORDER BY TraceId, UserId LIMIT 1
SELECT COLUMNS('^Span') FROM otel_traces ORDER BY ALL
SELECT t.* FROM (SELECT 1 AS a) AS t
SELECT t.*, s.Name FROM otel_traces t JOIN scores s ON s.TraceId = t.TraceId ORDER BY ALL
SELECT 'a' || 'b', 7 % 3, 7 / 2, intDiv(7, 2), -3, 2 * 3 + 4, 7 DIV 2
SELECT NOT 1, 1 AND 0 OR 1, 1 BETWEEN 0 AND 2, 1 NOT BETWEEN 0 AND 2, NULL IS NULL, 1 IS NOT NULL, 1 = 1, 1 == 1, 1 != 2, 1 <> 2
SELECT and(1, 0), or(1, 0), xor(1, 0), not(1), equals(1, 1), plus(1, 2)
SELECT NULL <=> NULL, 1 IS NOT DISTINCT FROM 1, 1 IS DISTINCT FROM 2
SELECT -toInt8(1), 1 - -1, - 1, -(1), - -1
SELECT (1 + 2) * 3, 1 + (2 * 3), NOT (1 AND 0), (SELECT 1) + 1, 10 - (3 - 2), 2 * (3 % 2)
SELECT true, false, NULL, 1e3, 1.5, .5, 0x1F, 1_000, inf, -inf, 1e-3
SELECT 'it''s', 'it\'s', 'back\\slash', 'new\nline', 'tab\t', '\d+', '\x41', 'é', '"', '`', '%', '{x}', '--', '/* */', '\0' = char(0)
SELECT match('a1', '\\d'), match('a1', '\d'), extractAll('a1b2', '\d'), replaceRegexpAll('abc', 'b', '\0\0')
SELECT 1 AS `with space`, 2 AS "double quoted", 3 AS `p95 (ms)`
SELECT `TraceId`, "SpanName" FROM `otel_traces` ORDER BY ALL LIMIT 1
SELECT "otel_traces"."TraceId" FROM otel_traces ORDER BY TraceId LIMIT 1
SELECT `Events.Name` FROM otel_traces ORDER BY ALL LIMIT 1
SELECT t.Events.Name FROM otel_traces t ORDER BY ALL LIMIT 1
SELECT any(SpanName), any(SpanName) = 'root', first_value(SpanName) FROM otel_traces WHERE SpanName = 'root'
SELECT count() FILTER (WHERE Duration > 3000) FROM otel_traces
SELECT EXISTS(SELECT 1 FROM scores WHERE Value > 0)
SELECT TraceId FROM otel_traces WHERE EXISTS (SELECT 1 FROM scores) ORDER BY TraceId
SELECT sumMap(map('a', 1)), uniqMerge(u) FROM (SELECT uniqState(TraceId) AS u FROM otel_traces)
SELECT finalizeAggregation(sumState(1)), quantileMerge(0.5)(q) FROM (SELECT quantileState(0.5)(Duration) AS q FROM otel_traces)
SELECT sumArray([1, 2]), avgForEach([1, 2]), countDistinct(Project), uniqDistinct(Project), argMaxIf(SpanName, Duration, 1) FROM otel_traces
SELECT studentTTest(Duration, Duration % 2 = 0) FROM (SELECT Duration FROM otel_traces ORDER BY Duration)
SELECT least(1, 2), greatest(1, 2), coalesce(NULL, 1), ifNull(NULL, 2), nullIf(1, 1), assumeNotNull(1), isNull(NULL)
SELECT lower('A'), length('abc'), substring('abc', 2, 1), position('abc', 'b'), concat('a', 'b'), splitByChar(',', 'a,b'), trim(' a '), format('{} {}', 'a', 'b'), left('abc', 2), leftPad('a', 3, 'x')
SELECT round(1.55, 1), floor(1.5), ceil(1.2), abs(-1), sqrt(4), pow(2, 3), log(10), exp(1), sign(-1)
SELECT has([1, 2], 1), hasAny([1], [1]), indexOf(['a'], 'a'), arraySort([3, 1]), arrayReverseSort(x -> -x, [1, 2]), arraySum([1]), arrayZip([1], ['a']), range(3)
SELECT arraySlice([1, 2, 3], 2), arrayCount(x -> x > 1, [1, 2]), arrayFirst(x -> x > 1, [1, 2]), arrayFold((acc, x) -> acc + x, [1, 2], toInt64(0)), arrayFlatten([[1]])
SELECT cityHash64('a'), sipHash64('a'), hex(MD5('a')), lower(hex(SHA256('a'))), base64Encode('a'), toUUID('00000000-0000-0000-0000-000000000000')
SELECT sum(Value / SamplingProbability) / sum(1 / SamplingProbability) AS mean, Name FROM scores FINAL GROUP BY Name
SELECT a.1 AS x, a.2 AS y FROM (SELECT (1, 2) AS a)
SELECT untuple((1, 2))
SELECT Timestamp::Date AS d FROM otel_traces ORDER BY d LIMIT 1
SELECT count() FROM traces WHERE StartTime >= now() - INTERVAL 24 HOUR AND Project = 'ours'
SELECT topKWeighted(1)(SpanName, Duration), corr(Duration, Duration), entropy(SpanName) FROM otel_traces
SELECT 1 AS a, a + 1 AS b, b * 2 AS c
SELECT max(Duration) AS m, m / 2 FROM otel_traces
SELECT * FROM (SELECT * FROM (SELECT 1 AS a))
FROM traces SELECT count()
SELECT sum(x) FROM (SELECT arrayJoin([1, 2]) AS x) WHERE x > 1
SELECT * FROM ingest_accounts ORDER BY ALL
SELECT State, count() FROM score_ledger FINAL GROUP BY State
SELECT d.Name, r.Input FROM datasets AS d FINAL JOIN dataset_rows AS r FINAL ON r.Dataset = d.Name AND r.Project = d.Project ORDER BY ALL
SELECT MetricName, count() FROM otel_metrics_gauge GROUP BY ALL ORDER BY ALL
SELECT count(), sum(Value) FROM otel_metrics_sum
SELECT (SELECT count() FROM otel_metrics_histogram) + (SELECT count() FROM otel_metrics_exponential_histogram) + (SELECT count() FROM otel_metrics_summary)
SELECT windowFunnel(10)(toDateTime(Timestamp), SpanName = 'root', SpanName = 'step'), sequenceMatch('(?1)(?2)')(toDateTime(Timestamp), SpanName = 'root', SpanName = 'step') FROM otel_traces
SELECT SpanId, ntile(4) OVER (ORDER BY TraceId, SpanId ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), rank() OVER (ORDER BY Duration) FROM otel_traces ORDER BY ALL
SELECT toInt32OrNull('x'), toFloat64OrZero('x'), toString(1), toDateTime64('2025-01-01 00:00:00', 3), parseDateTimeBestEffort('2025-01-01T00:00:00Z')
SELECT SpanName, bar(count(), 0, 100, 10) FROM otel_traces GROUP BY SpanName ORDER BY ALL
SELECT min(Timestamp), max(Timestamp), min(Project), count() FROM otel_traces
SELECT 1 -- comment
SELECT /* c */ 1 # comment
SELECT 1;
SELECT (1,), tuple('a').1, (1,) IN ((1,)), 1 IN ((1)), (1, 2) IN ((1, 2)), [1] IN ([1])
