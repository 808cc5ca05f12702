-- Have nobody write to a source any more: its engine is refused, and no other takes it.
--
--   KEYS  meta lease
--   ARGV  who holds it now, for how long [ms]
--
-- Returns 1, or 0 if there is no such source.
if redis.call("HEXISTS", KEYS[1], "epoch") == 0 then return 0 end
redis.call("HINCRBY", KEYS[1], "token", 1)
redis.call("SET", KEYS[2], ARGV[1], "PX", ARGV[2])
return 1
