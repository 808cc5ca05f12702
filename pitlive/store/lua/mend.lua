-- Put an entry log right: take a damaged record out and keep it, or note what is missing before
-- it; have the index of uids say what it should; and have the log folded anew.
--
--   KEYS  entries broken uids meta lease bell
--   ARGV  id of the record, "1" to take it out, what is kept of it ("": nothing), who holds the
--         lease afterwards, for how long [ms], number of the last entry that is missing before it
--         ("0": none is), then for each uid: uid, what the index says, what it should say ("":
--         nothing)
--
-- Returns 1, or 0 if there is no such record (one that is missing at the end has only its id).
-- What a source is published up to is never in a record that is no more: an engine would take
-- that for a log that lost its end.
local id = ARGV[1]
local found = #redis.call("XRANGE", KEYS[1], id, id) > 0
local is_end = ARGV[2] ~= "1" and redis.call("HGET", KEYS[4], "newest") == id
if not found and not is_end then return 0 end

if ARGV[3] ~= "" then redis.call("HSET", KEYS[2], id, ARGV[3]) end
for i = 7, #ARGV, 3 do
  if (redis.call("HGET", KEYS[3], ARGV[i]) or "") == ARGV[i + 1] then  -- else it has just come anew
    if ARGV[i + 2] == "" then
      redis.call("HDEL", KEYS[3], ARGV[i])
    else
      redis.call("HSET", KEYS[3], ARGV[i], ARGV[i + 2])
    end
  end
end

local function is_after(one, other)
  local ms, n = string.match(one, "(%d+)-(%d+)")
  local other_ms, other_n = string.match(other, "(%d+)-(%d+)")
  ms, n, other_ms, other_n = tonumber(ms), tonumber(n), tonumber(other_ms), tonumber(other_n)
  return ms > other_ms or (ms == other_ms and n > other_n)
end

local function is_gone(reached)
  if ARGV[2] == "1" then return not is_after(reached, id) end
  return tonumber(string.match(reached, "%d+-(%d+)")) <= tonumber(ARGV[6])
end

if ARGV[2] == "1" or ARGV[6] ~= "0" then
  local before = redis.call("XREVRANGE", KEYS[1], "(" .. id, "-", "COUNT", 1)
  before = #before > 0 and before[1][1] or "0-0"
  for _, name in ipairs({"folded", "noted"}) do
    local reached = redis.call("HGET", KEYS[4], name)
    if reached and is_after(reached, before) and is_gone(reached) then
      redis.call("HSET", KEYS[4], name, before)
    end
  end
end
if ARGV[2] == "1" then redis.call("XDEL", KEYS[1], id) end

redis.call("HINCRBY", KEYS[4], "repairs", 1)
redis.call("HINCRBY", KEYS[4], "token", 1)
redis.call("SET", KEYS[5], ARGV[4], "PX", ARGV[5])
redis.call("PUBLISH", KEYS[6], "declared")  -- what failed at it is tried at once
return 1
