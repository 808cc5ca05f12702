-- Publish changes: event log, state, announcement and the last entry folded, in one step.
--
--   KEYS  events meta channels aside live
--   ARGV  token, epoch, seq before, folded, keep, longest announcement, prefix of state keys,
--         late, keep_aside, number of things set aside, their texts,
--         then for each event: channel, message, number of rows, then row key, row or "" if gone
--
-- Returns the new seq, or an error reply: LEASE when another engine has a newer token,
-- BEHIND when Redis is not where this engine left it.
local token, epoch, before = ARGV[1], ARGV[2], tonumber(ARGV[3])
local meta = redis.call("HMGET", KEYS[2], "token", "epoch", "seq")
if meta[1] ~= token then return redis.error_reply("LEASE token is " .. tostring(meta[1])) end
if meta[2] ~= epoch or tonumber(meta[3] or "0") ~= before then
  return redis.error_reply("BEHIND at " .. tostring(meta[2]) .. "." .. tostring(meta[3]))
end

local set_aside = tonumber(ARGV[10])
for i = 11, 10 + set_aside do
  redis.call("XADD", KEYS[4], "MAXLEN", "~", ARGV[9], "*", "d", ARGV[i])
end

local seq, i, lines, length = before, 11 + set_aside, {}, 0
while i <= #ARGV do
  local channel, message, rows = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local state = ARGV[7] .. channel
  i = i + 3
  for row = i, i + 2 * rows - 1, 2 do
    if ARGV[row + 1] == "" then
      redis.call("HDEL", state, ARGV[row])
    else
      redis.call("HSET", state, ARGV[row], ARGV[row + 1])
    end
  end
  i = i + 2 * rows
  seq = seq + 1
  redis.call("SADD", KEYS[3], channel)
  redis.call("XADD", KEYS[1], "MAXLEN", "~", ARGV[5], seq .. "-0", "c", channel, "m", message)
  lines[#lines + 1] = channel .. " " .. message
  length = length + #message
end

redis.call("HSET", KEYS[2], "seq", seq, "folded", ARGV[4])
if ARGV[8] ~= "0" then redis.call("HINCRBY", KEYS[2], "late", ARGV[8]) end
if seq > before then
  local head = epoch .. " " .. (before + 1) .. " " .. (seq - before)
  if length > tonumber(ARGV[6]) then lines = {} end
  table.insert(lines, 1, head)
  redis.call("PUBLISH", KEYS[5], table.concat(lines, "\n"))
end
return seq
