-- Give the right to write, or to deliver, back if it is still ours.
--
--   KEYS  lease, and the bell that tells others so, if there is one
--   ARGV  who has it
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("DEL", KEYS[1])
if KEYS[2] then redis.call("PUBLISH", KEYS[2], "free") end
return 1
