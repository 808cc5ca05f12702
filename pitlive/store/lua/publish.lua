-- Publish changes: event log, state, announcement, notices and the last entry folded, in one
-- step.
--
--   KEYS  events meta channels aside live notices pending dead fates told
--   ARGV  token, epoch, "<seq>.<link>" before, folded, keep, longest announcement, prefix of state
--         keys, late, keep_aside, version of the declaration, most notices that wait or are dead,
--         fate of those beyond, noted, prefix of packed keys, prefix of those that were written
--         ahead, number of these, their names, number of things set aside, their texts,
--         number of notices, for each: id, text, mark or "", what it is,
--         number of pieces, then for each: name, offset or "" if it is all there is, bytes,
--         then for each event: channel, link, message, number of rows, then row key, row or "" if
--         gone
--
-- Returns the new seq, or an error reply: LEASE when another engine has a newer token,
-- BEHIND when Redis is not where this engine left it, or lacks what it has written ahead.
local token, epoch = ARGV[1], ARGV[2]
local before, link = string.match(ARGV[3], "^(%d+)%.(%w*)$")
before = tonumber(before)
local meta = redis.call("HMGET", KEYS[2], "token", "epoch", "seq", "link")
if meta[1] ~= token then return redis.error_reply("LEASE token is " .. tostring(meta[1])) end
local function cursor(epoch, seq, link)
  return tostring(epoch) .. "." .. seq .. (link == "" and "" or "." .. link)
end
if meta[2] ~= epoch or tonumber(meta[3] or "0") ~= before or (meta[4] or "") ~= link then
  return redis.error_reply("BEHIND at " .. cursor(meta[2], tostring(meta[3]), meta[4] or ""))
end
local at = cursor(epoch, before, link)

local packed, coming, ahead = ARGV[14], ARGV[15], tonumber(ARGV[16])
local i = 17
for n = i, i + ahead - 1 do
  if redis.call("EXISTS", coming .. ARGV[n]) == 0 then
    return redis.error_reply("BEHIND without " .. coming .. ARGV[n])
  end
end
for n = i, i + ahead - 1 do  -- what was there is freed later on, a bit at a time
  redis.call("RENAME", coming .. ARGV[n], coming)
  if redis.call("EXISTS", packed .. ARGV[n]) == 1 then
    redis.call("RENAME", packed .. ARGV[n], coming .. ARGV[n])
  end
  redis.call("RENAME", coming, packed .. ARGV[n])
end
i = i + ahead

local set_aside = tonumber(ARGV[i])
i = i + 1
for n = i, i + set_aside - 1 do
  redis.call("XADD", KEYS[4], "MAXLEN", "~", ARGV[9], "*", "d", ARGV[n])
end
i = i + set_aside

local notices = tonumber(ARGV[i])
if notices > 0 and redis.call("HGET", KEYS[10], "@version") ~= ARGV[10] then
  redis.call("UNLINK", KEYS[10])
  redis.call("HSET", KEYS[10], "@version", ARGV[10])
end
i = i + 1
for n = i, i + 4 * notices - 1, 4 do
  local id, mark = ARGV[n], ARGV[n + 2]
  if mark ~= "" then redis.call("HSET", KEYS[10], mark, ARGV[n + 3]) end
  if redis.call("HSETNX", KEYS[6], id, ARGV[n + 1]) == 1 then
    local is_full = redis.call("ZCARD", KEYS[7]) >= tonumber(ARGV[11])
    local number = redis.call("HINCRBY", KEYS[2], "notices", 1)
    redis.call("ZADD", is_full and KEYS[8] or KEYS[7], number, id)
    if is_full then redis.call("HSET", KEYS[9], id, ARGV[12]) end
  end
end
for _, id in ipairs(notices > 0 and redis.call("ZRANGE", KEYS[8], 0, -1 - ARGV[11]) or {}) do
  redis.call("HDEL", KEYS[6], id)
  redis.call("HDEL", KEYS[9], id)
  redis.call("ZREM", KEYS[8], id)
end
i = i + 4 * notices

local pieces = tonumber(ARGV[i])
i = i + 1
for n = i, i + 3 * pieces - 1, 3 do
  if ARGV[n + 1] == "" then
    redis.call("SET", packed .. ARGV[n], ARGV[n + 2])
  else
    redis.call("SETRANGE", packed .. ARGV[n], ARGV[n + 1], ARGV[n + 2])
  end
end
i = i + 3 * pieces

-- One command for many fields: the append-only file has each command anew.
local function in_parts(command, key, args)
  for n = 1, #args, 4000 do
    redis.call(command, key, unpack(args, n, math.min(n + 3999, #args)))
  end
end

local seq, lines, length = before, {}, 0
while i <= #ARGV do
  local channel, message, rows = ARGV[i], ARGV[i + 2], tonumber(ARGV[i + 3])
  local state = ARGV[7] .. channel
  link = ARGV[i + 1]
  i = i + 4
  local there, gone = {}, {}
  for row = i, i + 2 * rows - 1, 2 do
    if ARGV[row + 1] == "" then
      gone[#gone + 1] = ARGV[row]
    else
      there[#there + 1] = ARGV[row]
      there[#there + 1] = ARGV[row + 1]
    end
  end
  in_parts("HDEL", state, gone)
  in_parts("HSET", state, there)
  i = i + 2 * rows
  seq = seq + 1
  if #gone > 0 and redis.call("EXISTS", state) == 0 then
    redis.call("SREM", KEYS[3], channel)
  else
    redis.call("SADD", KEYS[3], channel)
  end
  redis.call("XADD", KEYS[1], "MAXLEN", "~", ARGV[5], seq .. "-0", "c", channel, "m", message, "h", link)
  lines[#lines + 1] = channel .. " " .. link .. " " .. message
  length = length + #message
end

redis.call("HSET", KEYS[2], "seq", seq, "link", link, "folded", ARGV[4], "noted", ARGV[13])
if ARGV[8] ~= "0" then redis.call("HINCRBY", KEYS[2], "late", ARGV[8]) end
if seq > before then
  local now = redis.call("TIME")
  local head = at .. " " .. cursor(epoch, seq, link) .. string.format(" %d%06d", now[1], now[2])
  if length > tonumber(ARGV[6]) then lines = {} end
  table.insert(lines, 1, head)
  redis.call("PUBLISH", KEYS[5], table.concat(lines, "\n"))
end
return seq
