-- Read a stat of the Arithmospora layout with all its data points, as they are at one moment.
--
--   KEYS  what its keys begin with
--   ARGV  kind: "single_value" is a string, anything else a hash; then the data points of a
--         timed stat, which are not named in Redis
--
-- Returns seconds, microseconds, and path and data of each point in turn, the data as GET or
-- HGETALL give them.  It reads keys that it makes itself: the layout knows no other way.
local kind, found = ARGV[1], {}

local function read(stem, path)
  local data = redis.call(kind == "single_value" and "GET" or "HGETALL", stem .. ":data")
  found[#found + 1] = path
  found[#found + 1] = data
end

local function descend(stem, path)
  read(stem, path)
  for _, name in ipairs(redis.call("SMEMBERS", stem .. ":datapoints")) do
    local below = {unpack(path)}
    below[#below + 1] = name
    descend(stem .. ":datapoints:" .. name, below)
  end
end

local now = redis.call("TIME")
if kind == "timed" then
  for i = 2, #ARGV do read(KEYS[1] .. ":datapoints:" .. ARGV[i], {ARGV[i]}) end
else
  descend(KEYS[1], {})
end
return {now[1], now[2], found}
