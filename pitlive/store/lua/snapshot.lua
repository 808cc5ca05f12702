-- Read the state of some channels at one seq.
--
--   KEYS  meta channels
--   ARGV  prefix of state keys, then Lua patterns of channel names
--
-- Returns epoch, seq, names of all channels, then for each channel asked for: name, rows as
-- HGETALL gives them.  State keys are made here: they share the hash tag of KEYS.
local meta = redis.call("HMGET", KEYS[1], "epoch", "seq")
if not meta[1] then return false end
local names = redis.call("SMEMBERS", KEYS[2])
table.sort(names)
local found = {meta[1], meta[2] or "0", names}

local function wanted(name)
  for i = 2, #ARGV do
    if string.match(name, ARGV[i]) then return true end
  end
  return false
end

for _, name in ipairs(names) do
  if wanted(name) then
    found[#found + 1] = name
    found[#found + 1] = redis.call("HGETALL", ARGV[1] .. name)
  end
end
return found
