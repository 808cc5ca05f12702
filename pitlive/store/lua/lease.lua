-- Take or keep the right to write to a source.
--
--   KEYS  lease meta
--   ARGV  engine, how long it holds [ms]
--
-- Returns the fencing token; a new holder gets a higher one, and a publish with a lower
-- one is refused.  Returns false if another engine holds the lease or the source is gone.
if redis.call("EXISTS", KEYS[2]) == 0 then return false end
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return false end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
if holder then return redis.call("HGET", KEYS[2], "token") end
return tostring(redis.call("HINCRBY", KEYS[2], "token", 1))
