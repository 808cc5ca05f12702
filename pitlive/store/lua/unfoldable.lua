-- Note an entry at which the fold of a source fails, or forget those that failed under another
-- program or declaration.
--
--   KEYS  unfoldable meta aside
--   ARGV  token, under (what names program and declaration), most entries, longest set-aside list,
--         id of the entry or "" to note none, what is noted of it, what is set aside
--
-- Returns 1 if the entry is noted, 0 if there are too many already, or an error reply LEASE when
-- another engine has a newer token.
if redis.call("HGET", KEYS[2], "token") ~= ARGV[1] then return redis.error_reply("LEASE lost") end
if redis.call("HGET", KEYS[1], "@under") ~= ARGV[2] then redis.call("UNLINK", KEYS[1]) end
local id = ARGV[5]
if id == "" or redis.call("HEXISTS", KEYS[1], id) == 1 then return 1 end
if redis.call("HLEN", KEYS[1]) - 2 >= tonumber(ARGV[3]) then return 0 end
redis.call("HSET", KEYS[1], "@under", ARGV[2], "@newest", id, id, ARGV[6])
redis.call("XADD", KEYS[3], "MAXLEN", "~", ARGV[4], "*", "d", ARGV[7])
return 1
