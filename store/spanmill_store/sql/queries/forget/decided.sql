-- Lists of what goes of which it is decided that they do, and whose they are; empty most of the time.
SELECT Pass, Id AS Subject
FROM forgetting
WHERE What = 'subject'
ORDER BY Pass
