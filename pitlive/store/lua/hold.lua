-- Take or keep the right to deliver the notices of a source.
--
--   KEYS  courier
--   ARGV  courier, how long it holds [ms]
--
-- Returns 1, or 0 if another courier has it.
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1
