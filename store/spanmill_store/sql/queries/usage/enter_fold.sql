-- Make the rows of a fold count, now that all of them are in.
-- project, minutes, fold: as in usage/fold.
INSERT INTO usage_folds
SELECT {project:String}, arrayJoin({minutes:Array(DateTime)}), {fold:UInt64}
