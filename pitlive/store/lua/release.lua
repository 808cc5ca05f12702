-- Give the right to write back, if it is still ours.
--
--   KEYS  lease
--   ARGV  engine
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0
