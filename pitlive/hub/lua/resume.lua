-- Say whether a reader can go on from its cursor, and give the first events after it.
--
--   KEYS  events meta
--   ARGV  the cursor's epoch, its seq, its link, most events to return, bytes of messages that are
--         enough
--
-- Returns reason, epoch, seq and link of the newest event, events as XRANGE gives them.
--
-- An event has the fields c, m and, but in the oldest logs, h, in this order: channel, message and
-- link. The event at the cursor must be in the log and have its link: else the cursor is of
-- another past.
local known = redis.call("HMGET", KEYS[2], "epoch", "seq", "link")
if not known[1] then return {"unknown", "", 0, "", {}} end
local top, link, after = tonumber(known[2] or "0"), known[3] or "", tonumber(ARGV[2])
local function answer(reason, events) return {reason, known[1], top, link, events or {}} end

if ARGV[1] ~= known[1] then return answer("epoch") end
if after > top then return answer("future") end
if after == top then return answer(ARGV[3] == link and "ok" or "forked") end
local at = math.max(after, 1) .. "-0"
local first = redis.call("XRANGE", KEYS[1], at, at)[1]
if not first then return answer("trimmed") end
if ARGV[3] ~= (after == 0 and "" or first[2][6] or "") then return answer("forked") end

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
return answer("ok", events)
