-- Note which life of Redis holds a source, where there is such a source.
--
--   KEYS  meta
--   ARGV  what names this life of Redis
--
-- Returns what was noted before, or false.  Nothing is written where that is the same: it would be
-- one write a source at each start.
local before = redis.call("HGET", KEYS[1], "run")
if before ~= ARGV[1] and redis.call("HEXISTS", KEYS[1], "epoch") == 1 then
  redis.call("HSET", KEYS[1], "run", ARGV[1])
end
return before
