-- The key of the hashes by which is recognised what was deleted for good: two numbers. The first one that was made holds.
SELECT reinterpretAsUInt64(substring(salt, 1, 8)) AS K0, reinterpretAsUInt64(substring(salt, 9, 8)) AS K1
FROM (SELECT argMin(Hash, Time) AS salt FROM forgotten WHERE What = 'salt' HAVING count() > 0)
