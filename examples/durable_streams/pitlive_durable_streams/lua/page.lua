-- Read some records of a log, up to an aim of bytes, but one at least.
--
--   KEYS  log
--   ARGV  id to read after, id to read up to, the aim [bytes]
--
-- Returns id, body, checksum, id, …  One record may be as large as a request, so as many are
-- asked for as fit if they are like those before.
local found, size, count, ask, after = {}, 0, 0, 1, ARGV[1]
local aim = tonumber(ARGV[3])
while size < aim do
  local read = redis.call("XRANGE", KEYS[1], "(" .. after, ARGV[2], "COUNT", ask)
  for _, record in ipairs(read) do
    local fields = record[2]
    found[#found + 1], found[#found + 2], found[#found + 3] = record[1], fields[2], fields[4]
    size, count, after = size + #fields[2], count + 1, record[1]
  end
  if #read < ask then break end
  ask = math.max(1, math.min(256, math.floor((aim - size) * count / size)))
end
return found
