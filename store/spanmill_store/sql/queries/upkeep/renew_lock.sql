-- Say that whoever has the lock is still at work.
-- text: anything.
ALTER TABLE upkeep_lock MODIFY COMMENT {text:String}
