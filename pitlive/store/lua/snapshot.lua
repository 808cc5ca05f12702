-- Read a page of the state of some channels, all of it at one seq.
--
--   KEYS  meta channels
--   ARGV  prefix of state keys, rows and bytes that end a page, channel to begin at, where in
--         it ("0": the start) and the run of the server that said so, how channels begin that
--         no star matches ("": none does), then Lua patterns of channel names
--
-- Returns epoch, seq, link, run of the server, channel and place to go on from ("" and "0" if that
-- was all), names of all channels on the first page, then for each channel read: name, rows as
-- HGETALL gives them.  Returns false if there is no source, and nothing but a run of the server
-- that is not the one of the place: a hash is in another order in each.
--
-- HSCAN gives some more than it is asked for: what lies in one bucket, or all of a small hash.
-- State keys are made here: they share the hash tag of KEYS.
local STEP = 200

local meta = redis.call("HMGET", KEYS[1], "epoch", "seq", "link")
if not meta[1] then return false end
local run = string.match(redis.call("INFO", "server"), "run_id:(%w+)")
if ARGV[5] ~= "0" and ARGV[6] ~= run then return {run} end

local names = redis.call("SMEMBERS", KEYS[2])
table.sort(names)
local found = {meta[1], meta[2] or "0", meta[3] or "", run, "", "0", ARGV[4] == "" and names or {}}
local rows_left, bytes_left = tonumber(ARGV[2]), tonumber(ARGV[3])

local function wanted(name)
  local by_name = ARGV[7] ~= "" and string.sub(name, 1, #ARGV[7]) == ARGV[7]
  for i = 8, #ARGV do
    local has_star = string.find(ARGV[i], ".*", 1, true)
    if not (by_name and has_star) and string.match(name, ARGV[i]) then return true end
  end
  return false
end

local function is_full() return rows_left <= 0 or bytes_left <= 0 end

local function scan(name, place)
  local rows = {}
  repeat
    local said = redis.call("HSCAN", ARGV[1] .. name, place, "COUNT", math.min(STEP, rows_left))
    place = said[1]
    for _, text in ipairs(said[2]) do
      rows[#rows + 1] = text
      bytes_left = bytes_left - #text
    end
    rows_left = rows_left - #said[2] / 2
  until place == "0" or is_full()
  found[#found + 1] = name
  found[#found + 1] = rows
  return place
end

for _, name in ipairs(names) do
  if name >= ARGV[4] and wanted(name) then
    local place = "0"
    if not is_full() then place = scan(name, name == ARGV[4] and ARGV[5] or "0") end
    if place ~= "0" or is_full() and found[#found - 1] ~= name then
      found[5], found[6] = name, place
      return found
    end
  end
end
return found
