-- Take the one lock of those who remove rows: a table can be created only once.
CREATE TABLE upkeep_lock (Nothing UInt8) ENGINE = Memory
