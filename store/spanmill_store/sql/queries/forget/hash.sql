-- The keyed hash of an id, hex.
-- id: of a user, a session or a trace. k0, k1: the key.
SELECT hex(sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), {id:String})) AS Hash
