-- Note what became of an attempt to deliver a notice.
--
--   KEYS  pending notices fates, and where it goes now: pending, delivered or dead
--   ARGV  id, its fate as JSON, how many the last one keeps
--
-- Returns 1, or 0 if it does not wait: whoever settled it before has said so.
local number = redis.call("ZSCORE", KEYS[1], ARGV[1])
if not number then return 0 end
redis.call("HSET", KEYS[3], ARGV[1], ARGV[2])
if KEYS[4] == KEYS[1] then return 1 end
redis.call("ZREM", KEYS[1], ARGV[1])
redis.call("ZADD", KEYS[4], number, ARGV[1])
local old = redis.call("ZRANGE", KEYS[4], 0, -1 - tonumber(ARGV[3]))
for _, id in ipairs(old) do
  redis.call("HDEL", KEYS[2], id)
  redis.call("HDEL", KEYS[3], id)
  redis.call("ZREM", KEYS[4], id)
end
return 1
