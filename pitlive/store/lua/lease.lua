-- Take or keep the right to write to a source.
--
--   KEYS  lease meta
--   ARGV  engine, how long it holds [ms] (0: for as long as the engine lives), an engine that
--         lives no longer or ""
--
-- Returns the fencing token; a new holder gets a higher one, and a publish with a lower
-- one is refused.  Returns false if another engine holds the lease or the source is gone.
-- A lease that ends by itself is left to do so, whoever lives.
if redis.call("HEXISTS", KEYS[2], "epoch") == 0 then return false end
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then
  if holder ~= ARGV[3] or redis.call("PTTL", KEYS[1]) ~= -1 then return false end
end
if ARGV[2] ~= "0" then
  redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
elseif holder ~= ARGV[1] then
  redis.call("SET", KEYS[1], ARGV[1])
end
if holder == ARGV[1] then return redis.call("HGET", KEYS[2], "token") end
return tostring(redis.call("HINCRBY", KEYS[2], "token", 1))
