-- Declare a source, or change its declaration; the first declaration begins an epoch, and
-- nobody is told any more that a source of that name was deleted.
--
--   KEYS  meta bell gone entries events channels
--   ARGV  spec, epoch to begin with, "1" to leave an existing declaration as it is, what it is
--         in short, prefix of state keys
--
-- Returns the version of the declaration in force.  Engines hear of a new one; the same again
-- changes nothing but its checksum and what it is in short, which older ones lack.  Returns 0 where
-- a log is there whose declaration is gone, and this is one that is to leave it as it was.
--
-- Such a log goes on where it ended, and is folded from its start: its new epoch has none of
-- the events and rows of the one before, whose numbers are higher.  No token that was given out
-- before is given out again: there have been fewer than seconds since 1970.
local is_known = redis.call("HEXISTS", KEYS[1], "epoch") == 1
local is_lost = not is_known and redis.call("EXISTS", KEYS[4]) == 1
if ARGV[3] == "1" and is_lost then return 0 end

-- The id of the newest entry; none in a log of before entries were numbered.
local function newest()
  local last = redis.call("XREVRANGE", KEYS[4], "+", "-", "COUNT", 1)[1]
  for at = 1, last and #last[2] or 0, 2 do
    if last[2][at] == "d" and string.sub(last[2][at + 1], 1, 1) == "{" then return nil end
  end
  return last and last[1]
end

local at = is_lost and newest()
if is_lost then
  for _, name in ipairs(redis.call("SMEMBERS", KEYS[6])) do redis.call("UNLINK", ARGV[5] .. name) end
  redis.call("UNLINK", KEYS[5], KEYS[6])
end
local created = redis.call("HSETNX", KEYS[1], "epoch", ARGV[2])
if created == 1 then
  local token = is_lost and redis.call("TIME")[1] or "0"
  redis.call("HSET", KEYS[1], "seq", "0", "folded", "0-0", "token", token)
  if at then redis.call("HSET", KEYS[1], "newest", at) end
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
