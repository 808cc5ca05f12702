-- Read some rows of a table, with the versions that belong to them.
--
--   KEYS  state of the channel `columns`, packed counts of rows
--   ARGV  prefix of packed keys, bytes of a cell, first row, number of rows,
--         then numbers of columns; none for all
--
-- Returns the rows of the channel as HGETALL gives them, how many rows there are, the counts
-- asked for, then for each column that is there: its number, its cells.  Returns false if
-- there is no table yet.  Packed keys are made here: they share the hash tag of KEYS.
local told = redis.call("HGETALL", KEYS[1])
if #told == 0 then return false end
local size, first, count = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local total = redis.call("STRLEN", KEYS[2]) / size
local from, to = first * size, math.min(first + count, total) * size - 1

local function cells(key)
  if to < from then return "" end
  return redis.call("GETRANGE", key, string.format("%d", from), string.format("%d", to))
end

local asked = {}
for i = 5, #ARGV do asked[#asked + 1] = ARGV[i] end
if #asked == 0 then
  for i = 1, #told, 2 do asked[#asked + 1] = told[i] end
end
local found = {told, total, cells(KEYS[2])}
for _, number in ipairs(asked) do
  if redis.call("HEXISTS", KEYS[1], number) == 1 then
    found[#found + 1] = number
    found[#found + 1] = cells(ARGV[1] .. number)
  end
end
return found
