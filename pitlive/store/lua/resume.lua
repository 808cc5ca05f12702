-- Say whether a reader can go on from its cursor, and give the first events after it.
--
--   KEYS  events meta
--   ARGV  the cursor's epoch, its seq, most events to return, bytes of messages that are enough
--
-- Returns reason, epoch, seq of the newest event, events as XRANGE gives them.
local meta = redis.call("HMGET", KEYS[2], "epoch", "seq")
if not meta[1] then return {"unknown", "", "0", {}} end
local epoch, top, after = meta[1], tonumber(meta[2] or "0"), tonumber(ARGV[2])
local function refuse(reason) return {reason, epoch, tostring(top), {}} end

if ARGV[1] ~= epoch then return refuse("epoch") end
if after > top then return refuse("future") end
if after == top then return {"ok", epoch, tostring(top), {}} end
local first = redis.call("XRANGE", KEYS[1], "-", "+", "COUNT", 1)[1]
if not first or tonumber(string.match(first[1], "^%d+")) > after + 1 then return refuse("trimmed") end

-- A few at a time, for each may be half a megabyte, and Redis does one thing at a time.
local events, limit, bytes = {}, tonumber(ARGV[3]), tonumber(ARGV[4])
repeat
  local ask = math.min(16, limit - #events)
  local some = redis.call("XRANGE", KEYS[1], (after + #events + 1) .. "-0", "+", "COUNT", ask)
  for _, event in ipairs(some) do
    events[#events + 1] = event
    bytes = bytes - #event[2][4]
  end
until #some < ask or #events >= limit or bytes <= 0
return {"ok", epoch, tostring(top), events}
