-- Say whether a reader can go on from its cursor, and give the first events after it.
--
--   KEYS  events meta
--   ARGV  the cursor's epoch, its seq, its link, most events to return, bytes of messages that are
--         enough
--
-- Returns reason, epoch, seq and link of the newest event, events as XRANGE gives them.
--
-- The event at the cursor must be in the log, and have its link: else it is of another past.
local meta = redis.call("HMGET", KEYS[2], "epoch", "seq", "link")
if not meta[1] then return {"unknown", "", "0", "", {}} end
local epoch, top, after = meta[1], tonumber(meta[2] or "0"), tonumber(ARGV[2])
local function say(reason, events) return {reason, epoch, tostring(top), meta[3] or "", events or {}} end

if ARGV[1] ~= epoch then return say("epoch") end
if after > top then return say("future") end
if after == top then return say(ARGV[3] == (meta[3] or "") and "ok" or "forked") end
local function link_of(fields)
  for i = 1, #fields, 2 do
    if fields[i] == "h" then return fields[i + 1] end
  end
  return ""
end
local at = math.max(after, 1)
local first = redis.call("XRANGE", KEYS[1], at .. "-0", "+", "COUNT", 1)[1]
if not first or first[1] ~= at .. "-0" then return say("trimmed") end
if ARGV[3] ~= (after == 0 and "" or link_of(first[2])) then return say("forked") end

-- A few at a time, for each may be half a megabyte, and Redis does one thing at a time.
local events, limit, bytes = {}, tonumber(ARGV[4]), tonumber(ARGV[5])
repeat
  local ask = math.min(16, limit - #events)
  local some = redis.call("XRANGE", KEYS[1], (after + #events + 1) .. "-0", "+", "COUNT", ask)
  for _, event in ipairs(some) do
    events[#events + 1] = event
    bytes = bytes - #event[2][4]
  end
until #some < ask or #events >= limit or bytes <= 0
return say("ok", events)
