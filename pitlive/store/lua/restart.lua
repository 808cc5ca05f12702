-- Begin a new epoch: forget events and state, so that the whole log is folded again.
--
--   KEYS  meta events channels
--   ARGV  token, epoch to begin, prefix of state keys
--
-- What it forgets is freed by another thread of the server, for there may be a million rows.
--
-- Returns 1, or an error reply LEASE when another engine has a newer token.
if redis.call("HGET", KEYS[1], "token") ~= ARGV[1] then return redis.error_reply("LEASE lost") end
for _, name in ipairs(redis.call("SMEMBERS", KEYS[3])) do redis.call("UNLINK", ARGV[3] .. name) end
redis.call("UNLINK", KEYS[2], KEYS[3])
redis.call("HSET", KEYS[1], "epoch", ARGV[2], "seq", "0", "link", "", "folded", "0-0")
return 1
