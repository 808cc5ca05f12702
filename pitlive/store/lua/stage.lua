-- Write some of the bytes that the next publish is to put in their place, beside those that are
-- there, or free what one has put out of its place.
--
--   KEYS  meta
--   ARGV  token, prefix of the keys of what is to come, then for each part: name, offset or
--         "" to free all of it, bytes
--
-- Returns 1, or an error reply LEASE when another engine has a newer token.  The part at offset 0
-- comes first, and nothing is left of what was written before it.  Keys are made here: they share
-- the hash tag of KEYS.
local token = redis.call("HGET", KEYS[1], "token")
if token ~= ARGV[1] then return redis.error_reply("LEASE token is " .. tostring(token)) end
for i = 3, #ARGV, 3 do
  local key, offset = ARGV[2] .. ARGV[i], ARGV[i + 1]
  if offset == "" then
    redis.call("UNLINK", key)
  elseif offset == "0" then
    redis.call("SET", key, ARGV[i + 2])
  else
    redis.call("SETRANGE", key, offset, ARGV[i + 2])
  end
end
return 1
