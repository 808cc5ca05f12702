-- Delete a source with all that belongs to it, and tell readers and engines.
--
--   KEYS  meta channels gone live bell entries, then every other key of it that was found
--   ARGV  prefix of state keys, for how long it is known that there was one [ms]
--
-- Returns 1, or 0 if there is no such source.  Keys are unlinked: their memory is freed beside
-- the commands of others, however much it is.  An announcement that goes nowhere says that the
-- source is no more.  Keys may be of any type: one that cannot be read says nothing.
local meta = redis.pcall("HMGET", KEYS[1], "epoch", "seq", "link")
if not meta.err and not meta[1] and redis.call("EXISTS", KEYS[6]) == 0 then return 0 end
for _, name in ipairs(redis.pcall("SMEMBERS", KEYS[2])) do
  redis.call("UNLINK", ARGV[1] .. name)
end
for n = 6, #KEYS do redis.call("UNLINK", KEYS[n]) end
redis.call("UNLINK", KEYS[1], KEYS[2])
local now = redis.call("TIME")
local us = string.format("%d%06d", now[1], now[2])
redis.call("SET", KEYS[3], us, "PX", ARGV[2])
local link = (meta[3] or "") == "" and "" or "." .. meta[3]
local at = (meta[1] or "0") .. "." .. (meta[2] or "0") .. link
redis.call("PUBLISH", KEYS[4], at .. " " .. at .. " " .. us)
redis.call("PUBLISH", KEYS[5], "gone")
return 1
