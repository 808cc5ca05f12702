-- Delete a source, and announce where its log ended.
--
--   KEYS  events meta state live gone
--   ARGV  seconds for which it is known that there was one
--
-- Returns 1, or 0 where there is no such source.
local known = redis.call("HMGET", KEYS[2], "epoch", "seq", "link")
if not known[1] then return 0 end
redis.call("DEL", KEYS[1], KEYS[2], KEYS[3])
redis.call("SET", KEYS[5], "1", "EX", ARGV[1])
local at = known[1] .. "." .. known[2] .. "." .. known[3]
redis.call("PUBLISH", KEYS[4], at .. " " .. at .. " 0")
return 1
