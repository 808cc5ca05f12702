-- Read some records of a log, one at least: less than an aim of bytes, and one record more.
--
--   KEYS  log, stream
--   ARGV  id to read after, id to read up to, the aim [bytes]
--
-- Returns id, body, checksum, id, …  At once as many are asked for as fit whatever their size, for
-- all of them are copied; where that is one by one it ends sooner, and the caller goes on.
local READS = 1000

local found, size, after, aim = {}, 0, ARGV[1], tonumber(ARGV[3])
local largest = math.max(1, tonumber(redis.call("HGET", KEYS[2], "largest") or aim))
for _ = 1, READS do
  local ask = math.max(1, math.min(256, math.floor((aim - size) / largest)))
  local read = redis.call("XRANGE", KEYS[1], "(" .. after, ARGV[2], "COUNT", ask)
  for _, record in ipairs(read) do
    local fields = record[2]
    found[#found + 1], found[#found + 2], found[#found + 3] = record[1], fields[2], fields[4]
    size, after = size + #fields[2], record[1]
  end
  if size >= aim or #read < ask then break end
end
return found
