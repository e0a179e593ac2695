-- When usage was counted last, and what time it is, milliseconds since 1970 by the clock of ClickHouse.
SELECT max(Fold) AS LastFold, toUnixTimestamp64Milli(now64(3)) AS Now
FROM usage_folds
