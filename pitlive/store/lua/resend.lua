-- Have a dead notice wait again, behind all that waits.
--
--   KEYS  pending dead fates meta
--   ARGV  id, its fate as JSON
--
-- Returns 1, or 0 if it is not dead.
if redis.call("ZREM", KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call("ZADD", KEYS[1], redis.call("HINCRBY", KEYS[4], "notices", 1), ARGV[1])
redis.call("HSET", KEYS[3], ARGV[1], ARGV[2])
return 1
