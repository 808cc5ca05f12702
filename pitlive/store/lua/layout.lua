-- Note which form the keys have, unless they have a newer one.
--
--   KEYS  layout
--   ARGV  the form that the program writes
--
-- Returns the form that was noted before, 0 if none was; what was noted, if it is no form.
local noted = redis.call("GET", KEYS[1]) or "0"
if #noted > 9 or not string.match(noted, "^%d+$") then return noted end
local found = tonumber(noted)
if found < tonumber(ARGV[1]) then redis.call("SET", KEYS[1], ARGV[1]) end
return found
