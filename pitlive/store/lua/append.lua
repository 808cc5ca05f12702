-- Append entries to the log, each uid and revision once.
--
--   KEYS  entries uids facts meta
--   ARGV  seen_ms, then for each entry: uid, revision or "", amended uid or "", data
--
-- Returns false if the source does not exist, else for each entry the id it was given,
-- or "" for a repeat.  An amendment without a revision gets the next one of its fact.
if redis.call("EXISTS", KEYS[4]) == 0 then return false end

local function revision_of(uid)
  local known = redis.call("HGET", KEYS[2], uid)
  return known and tonumber(string.match(known, "^%d+")) or nil
end

local function next_revision(fact)
  local own = revision_of(fact) or 0
  local amended = tonumber(redis.call("HGET", KEYS[3], fact) or "0")
  return math.max(own, amended) + 1
end

local ids = {}
for i = 2, #ARGV, 4 do
  local uid, revision, fact, data = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local known = revision_of(uid)
  if known and (revision == "" or tonumber(revision) <= known) then
    ids[#ids + 1] = ""
  else
    if revision == "" then revision = fact == "" and 0 or next_revision(fact) end
    revision = string.format("%d", tonumber(revision))
    local id = redis.call("XADD", KEYS[1], "*", "u", uid, "r", revision, "s", ARGV[1], "d", data)
    redis.call("HSET", KEYS[2], uid, revision .. " " .. id)
    if fact ~= "" then
      local amended = tonumber(redis.call("HGET", KEYS[3], fact) or "0")
      redis.call("HSET", KEYS[3], fact, math.max(amended, tonumber(revision)))
    end
    ids[#ids + 1] = id
  end
end
return ids
