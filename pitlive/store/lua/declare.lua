-- Declare a source, or change its declaration; the first declaration begins an epoch, and
-- nobody is told any more that a source of that name was deleted.
--
--   KEYS  meta bell gone entries
--   ARGV  spec, epoch to begin with, "1" to leave an existing declaration as it is, what it is
--         in short
--
-- Returns the version of the declaration in force.  Engines hear of a new one; the same again
-- changes nothing but its checksum and what it is in short, which older ones lack.  Returns 0 where
-- a log is there whose declaration is gone, and this is one that is to leave it as it was.
local is_known = redis.call("HEXISTS", KEYS[1], "epoch") == 1
if ARGV[3] == "1" and not is_known and redis.call("EXISTS", KEYS[4]) == 1 then return 0 end
local created = redis.call("HSETNX", KEYS[1], "epoch", ARGV[2])
if created == 1 then
  redis.call("HSET", KEYS[1], "seq", "0", "folded", "0-0", "token", "0")
  redis.call("DEL", KEYS[3])
end
if created == 0 and ARGV[3] == "1" then return tonumber(redis.call("HGET", KEYS[1], "version")) end
redis.call("HSET", KEYS[1], "about", ARGV[4])
redis.call("HSET", KEYS[1], "sum", string.sub(redis.sha1hex(ARGV[1]), 1, 16))
if redis.call("HGET", KEYS[1], "spec") ~= ARGV[1] then
  redis.call("HSET", KEYS[1], "spec", ARGV[1])
  redis.call("HINCRBY", KEYS[1], "version", 1)
  redis.call("PUBLISH", KEYS[2], "declared")
end
return tonumber(redis.call("HGET", KEYS[1], "version"))
