"""What `redis_log` does in one atomic step each, as Redis runs it."""

from __future__ import annotations

PUBLISH = """
-- KEYS  events meta state live gone
-- ARGV  epoch of a new log, channel, message, value, events to keep, longest announcement
-- Returns epoch, seq and link of the event.
local known = redis.call("HMGET", KEYS[2], "epoch", "seq", "link")
local epoch, seq, before = known[1] or ARGV[1], tonumber(known[2] or "0"), known[3] or ""
local function cursor(n, link)
  return epoch .. "." .. n .. (link ~= "" and "." .. link or "")
end
local link = string.sub(redis.sha1hex(before .. "\\n" .. ARGV[2] .. "\\n" .. ARGV[3]), 1, 8)
redis.call("XADD", KEYS[1], "MAXLEN", "~", ARGV[5], (seq + 1) .. "-0",
  "c", ARGV[2], "m", ARGV[3], "h", link)
redis.call("HSET", KEYS[2], "epoch", epoch, "seq", seq + 1, "link", link)
redis.call("HSET", KEYS[3], ARGV[2], ARGV[4])
redis.call("DEL", KEYS[5])
local time = redis.call("TIME")
local head = cursor(seq, before) .. " " .. cursor(seq + 1, link) .. " "
  .. time[1] .. string.format("%06d", time[2])
local event = #ARGV[3] <= tonumber(ARGV[6]) and "\\n" .. ARGV[2] .. "\\n" .. ARGV[3] or ""
redis.call("PUBLISH", KEYS[4], head .. event)
return {epoch, seq + 1, link}
"""

RESUME = """
-- KEYS  events meta
-- ARGV  epoch, seq and link of the cursor, most events, bytes of messages that are enough
-- Returns reason, epoch, seq and link of the newest event, events as XRANGE gives them.
-- The event at the cursor must be there and have its link: else the cursor is of another past.
local known = redis.call("HMGET", KEYS[2], "epoch", "seq", "link")
if not known[1] then return {"unknown", "", 0, "", {}} end
local top, after = tonumber(known[2]), tonumber(ARGV[2])
local function answer(reason, events) return {reason, known[1], top, known[3], events or {}} end
if ARGV[1] ~= known[1] then return answer("epoch") end
if after > top then return answer("future") end
if after == top then return answer(ARGV[3] == known[3] and "ok" or "forked") end
local at = math.max(after, 1) .. "-0"
local first = redis.call("XRANGE", KEYS[1], at, at)[1]
if not first then return answer("trimmed") end
if ARGV[3] ~= (after == 0 and "" or first[2][6]) then return answer("forked") end
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
"""

DELETE = """
-- KEYS  events meta state live gone
-- ARGV  seconds for which it is known that there was one
local known = redis.call("HMGET", KEYS[2], "epoch", "seq", "link")
if not known[1] then return 0 end
redis.call("DEL", KEYS[1], KEYS[2], KEYS[3])
redis.call("SET", KEYS[5], "1", "EX", ARGV[1])
local at = known[1] .. "." .. known[2] .. "." .. known[3]
redis.call("PUBLISH", KEYS[4], at .. " " .. at .. " 0")
return 1
"""
