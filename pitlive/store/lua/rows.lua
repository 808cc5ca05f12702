-- Read some rows of the state, all of them at one seq.
--
--   KEYS  meta
--   ARGV  prefix of state keys, then for each channel: name, number of rows, their keys
--
-- Returns epoch, seq, then for each channel the rows in the order asked for, false where one is
-- not there.  State keys are made here: they share the hash tag of KEYS.
local meta = redis.call("HMGET", KEYS[1], "epoch", "seq")
local found = {meta[1] or "", meta[2] or "0"}
local i = 2
while i <= #ARGV do
  local state, count = ARGV[1] .. ARGV[i], tonumber(ARGV[i + 1])
  found[#found + 1] = redis.call("HMGET", state, unpack(ARGV, i + 2, i + 1 + count))
  i = i + 2 + count
end
return found
