-- Have nobody write to a source any more: its engine is refused, and no other takes it.
--
--   KEYS  meta lease entries
--   ARGV  who holds it now, for how long [ms]
--
-- Returns 1, or 0 if there is no such source.  What is damaged has to be got rid of, too: a key
-- of another type, or a log whose declaration is gone.
local known = redis.pcall("HEXISTS", KEYS[1], "epoch")
if known == 0 and redis.call("EXISTS", KEYS[3]) == 0 then return 0 end
if known == 1 then redis.pcall("HINCRBY", KEYS[1], "token", 1) end
redis.call("SET", KEYS[2], ARGV[1], "PX", ARGV[2])
return 1
