-- Publish the new value of a channel: number, message, value and announcement in one step.
--
--   KEYS  events meta state live gone
--   ARGV  epoch of a new log, channel, message, value, events to keep, longest announcement
--
-- Returns epoch, seq and link of the event.
local known = redis.call("HMGET", KEYS[2], "epoch", "seq", "link")
local epoch, seq, before = known[1] or ARGV[1], tonumber(known[2] or "0"), known[3] or ""
local function cursor(n, link)
  return epoch .. "." .. n .. (link ~= "" and "." .. link or "")
end
local link = string.sub(redis.sha1hex(before .. "\n" .. ARGV[2] .. "\n" .. ARGV[3]), 1, 8)
redis.call("XADD", KEYS[1], "MAXLEN", "~", ARGV[5], (seq + 1) .. "-0",
  "c", ARGV[2], "m", ARGV[3], "h", link)
redis.call("HSET", KEYS[2], "epoch", epoch, "seq", seq + 1, "link", link)
redis.call("HSET", KEYS[3], ARGV[2], ARGV[4])
redis.call("DEL", KEYS[5])
local time = redis.call("TIME")
local head = cursor(seq, before) .. " " .. cursor(seq + 1, link) .. " "
  .. time[1] .. string.format("%06d", time[2])
local event = #ARGV[3] <= tonumber(ARGV[6]) and "\n" .. ARGV[2] .. "\n" .. ARGV[3] or ""
redis.call("PUBLISH", KEYS[4], head .. event)
return {epoch, seq + 1, link}
