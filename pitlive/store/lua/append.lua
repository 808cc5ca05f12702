-- Append entries to the log as one record, if all of them are new.
--
--   KEYS  entries uids facts meta bell
--   ARGV  seen_ms, newest at_ms, uids, revisions, amended uids, the rest of them
--         (JSON arrays; revisions "" if all are 0, amended uids "" if nothing is amended),
--         the id of an entry that the log must have ("0-0": any log will do), the edition of the
--         declaration that they were checked by ("": any will do)
--
-- Returns false if the source does not exist; 0 if its log does not have that entry; 1 if its
-- declaration is another one; the id of the newest entry and then the places, from 1, of those
-- that repeat what is known, and then nothing was appended; or the id of the last entry.  An
-- amendment whose revision is null gets the next one of its fact.
--
-- The entries of a log are numbered from 1.  The id of an entry is the time and its number,
-- that of a record is the id of its last entry.
if redis.call("HEXISTS", KEYS[4], "epoch") == 0 then return false end

-- A log of before there were batches says neither its newest entry nor how many there are.
local newest = redis.call("HGET", KEYS[4], "newest")
local is_old = not newest and redis.call("EXISTS", KEYS[1]) == 1
if is_old then newest = redis.call("XREVRANGE", KEYS[1], "+", "-", "COUNT", 1)[1][1] end
newest = newest or "0-0"

-- Whether the log has an entry: as the last of a record, as nearly always, or within one.
local function has(id)
  if id == "0-0" or id == newest then return true end
  local record = redis.call("XRANGE", KEYS[1], id, "+", "COUNT", 1)[1]
  if not record or record[1] == id then return record ~= nil end
  local ms, number = string.match(id, "(%d+)-(%d+)")
  local last_ms, last = string.match(record[1], "(%d+)-(%d+)")
  if ms ~= last_ms then return false end
  for at = 1, #record[2], 2 do
    if record[2][at] == "u" then
      local is_read, uids = pcall(cjson.decode, record[2][at + 1])
      return is_read and tonumber(number) > tonumber(last) - #uids
    end
  end
  return false
end

if not has(ARGV[7]) then return 0 end

local edition = redis.call("HMGET", KEYS[4], "version", "epoch", "sum")
for i = 1, 3 do edition[i] = edition[i] or "" end
if ARGV[8] ~= "" and ARGV[8] ~= table.concat(edition, " ") then return 1 end

local uids = cjson.decode(ARGV[3])
local revisions = ARGV[4] ~= "" and cjson.decode(ARGV[4])
local facts = ARGV[5] ~= "" and cjson.decode(ARGV[5])
local known = redis.call("HMGET", KEYS[2], unpack(uids))
local accepted, amended = {}, {}

local function revision_of(known) return known and tonumber(string.match(known, "^(%d+) ") or 0) end

local function amended_of(fact)
  return amended[fact] or tonumber(redis.call("HGET", KEYS[3], fact) or 0)
end

local function next_revision(fact)
  local own = accepted[fact] or revision_of(redis.call("HGET", KEYS[2], fact)) or 0
  return math.max(own, amended_of(fact)) + 1
end

local repeats = {newest}
for i, uid in ipairs(uids) do
  local before = accepted[uid] or revision_of(known[i])
  local revision = revisions and revisions[i] or 0
  if before and (revision == cjson.null or revision <= before) then
    repeats[#repeats + 1] = i
  else
    local fact = facts and facts[i] or cjson.null
    if revision == cjson.null then revision = next_revision(fact) end
    if fact ~= cjson.null then amended[fact] = math.max(amended_of(fact), revision) end
    if revisions then revisions[i] = revision end
    accepted[uid] = revision
  end
end
if #repeats > 1 then return repeats end

local ms, count = string.match(newest, "(%d+)-(%d+)")
if is_old then count = redis.call("XLEN", KEYS[1]) end
local now = redis.call("TIME")
ms, count = math.max(tonumber(ms), now[1] * 1000 + math.floor(now[2] / 1000)), tonumber(count)

local places = {}
for i, uid in ipairs(uids) do
  local id = string.format("%d-%d", ms, count + i)
  local revision = accepted[uid]
  places[2 * i - 1] = uid
  places[2 * i] = revision > 0 and string.format("%d %s", revision, id) or id
end
local id = string.format("%d-%d", ms, count + #uids)
local revised = revisions and cjson.encode(revisions) or ""
local whole = table.concat({id, ARGV[1], ARGV[3], revised, ARGV[6]}, "\n")
local record = {"s", ARGV[1], "u", ARGV[3], "d", ARGV[6], "c", string.sub(redis.sha1hex(whole), 1, 16)}
if revisions then
  record[#record + 1] = "r"
  record[#record + 1] = revised
end
redis.call("XADD", KEYS[1], id, unpack(record))
redis.call("HSET", KEYS[2], unpack(places))
for fact, revision in pairs(amended) do redis.call("HSET", KEYS[3], fact, revision) end
local at_ms = math.max(tonumber(redis.call("HGET", KEYS[4], "at_ms") or ARGV[2]), tonumber(ARGV[2]))
redis.call("HSET", KEYS[4], "newest", id, "at_ms", string.format("%d", at_ms))
redis.call("PUBLISH", KEYS[5], "entries")
return id
