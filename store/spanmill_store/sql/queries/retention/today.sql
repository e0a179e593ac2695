-- The server's day, by which its tables are partitioned.
SELECT today() AS Today
