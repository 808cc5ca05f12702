-- Read the state of some channels at one seq.
--
--   KEYS  meta channels
--   ARGV  prefix of state keys, how channels begin that no star matches ("": none does), then
--         Lua patterns of channel names
--
-- Returns epoch, seq, names of all channels, then for each channel asked for: name, rows as
-- HGETALL gives them.  State keys are made here: they share the hash tag of KEYS.
local meta = redis.call("HMGET", KEYS[1], "epoch", "seq")
if not meta[1] then return false end
local names = redis.call("SMEMBERS", KEYS[2])
table.sort(names)
local found = {meta[1], meta[2] or "0", names}

local function wanted(name)
  local by_name = ARGV[2] ~= "" and string.sub(name, 1, #ARGV[2]) == ARGV[2]
  for i = 3, #ARGV do
    local has_star = string.find(ARGV[i], ".*", 1, true)
    if not (by_name and has_star) and string.match(name, ARGV[i]) then return true end
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
