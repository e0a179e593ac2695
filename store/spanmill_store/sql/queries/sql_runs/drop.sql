-- Forget a run that is done or has died.
-- run: its number, as text.
ALTER TABLE sql_runs/*_local*/ /*on cluster*/ DROP PARTITION ID {run:String}
