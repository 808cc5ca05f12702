-- All that changes a stream, each in one step.  One file, for all of it asks first whether the
-- stream is there: that is a matter of its expiry and of its forks.
--
--   KEYS  stream
--   ARGV  operation, how a key is made of the name of a stream and of a part, name,
--         then what the operation wants
--
-- Parts of a stream:
--
--   stream     hash    life (when it was made [us since 1970], which names it), number (of its
--                      newest record), largest (of its records [bytes]), type, media (the type without parameters), config (what
--                      PUT asked for), forked_at, closed, order (newest Stream-Seq), ttl [s],
--                      expires_at (as asked), till (when it expires [ms since 1970]),
--                      segments (of a fork: JSON, [stream, id of the last record inherited]),
--                      source (of a fork), gone (deleted, but forks read it)
--   log        stream  <life>-<number> → b body, c its checksum
--   producers  hash    id → "<epoch> <sequence>"
--   recent     zset    id of a producer → when it last appended [ms since 1970]
--   forks      set     "<life> <name>" of each that reads this one
--   live       pub/sub rung whenever something has changed
--
-- A stream that expires is taken away by Redis itself, unless forks read it: then `till` alone
-- counts, and the last fork takes it along.  Forks are keys of several streams in one script, so
-- they want one Redis, not a cluster.

local KEEP_PRODUCERS, KEEP_PRODUCERS_MS = 10000, 7 * 24 * 3600 * 1000
local STORED = {"stream", "log", "producers", "recent"}

local operation, template, name = ARGV[1], ARGV[2], ARGV[3]
local clock = redis.call("TIME")
local now_us = clock[1] * 1000000 + clock[2]
local now_ms = math.floor(now_us / 1000)

local function key(stream, part) return string.format(template, stream, part) end

local function text(number) return string.format("%.0f", number) end

local function get(stream, ...) return redis.call("HMGET", key(stream, "stream"), ...) end

local function set(stream, ...) redis.call("HSET", key(stream, "stream"), ...) end

local function ring(stream) redis.call("PUBLISH", key(stream, "live"), "") end

-- Whether a fork that is still there reads a stream.
local function is_read(stream)
  for _, fork in ipairs(redis.call("SMEMBERS", key(stream, "forks"))) do
    local life, reader = string.match(fork, "^(%d+) (.*)$")
    if redis.call("HGET", key(reader, "stream"), "life") == life then return true end
    redis.call("SREM", key(stream, "forks"), fork)
  end
  redis.call("SREM", key("stream/", "held"), stream)
  return false
end

local function is_over(gone, till) return gone or (till and tonumber(till) <= now_ms) end

-- Have Redis take a stream away when it expires, unless a fork reads it.
local function expire(stream)
  local till = redis.call("HGET", key(stream, "stream"), "till")
  if not till then return end
  local is_held = redis.call("EXISTS", key(stream, "forks")) == 1
  for _, part in ipairs(STORED) do
    if is_held then
      redis.call("PERSIST", key(stream, part))
    else
      redis.call("PEXPIREAT", key(stream, part), till)
    end
  end
end

-- Remove a stream, and those that were there for it alone.
local function remove(stream)
  while stream do
    local source, life = unpack(get(stream, "source", "life"))
    for _, part in ipairs(STORED) do redis.call("DEL", key(stream, part)) end
    redis.call("DEL", key(stream, "forks"))
    ring(stream)
    if source then redis.call("SREM", key(source, "forks"), life .. " " .. stream) end
    stream = nil
    if source and not is_read(source) then
      if is_over(unpack(get(source, "gone", "till"))) then stream = source else expire(source) end
    end
  end
end

-- Whether a stream is "here", "gone" (but forks read it), or there is "none".
local function state(stream)
  local life, gone, till = unpack(get(stream, "life", "gone", "till"))
  if not life then return "none" end
  if not is_over(gone, till) then return "here" end
  if is_read(stream) then return "gone" end
  remove(stream)
  return "none"
end

-- Put the end of a stream off that lives a while after it was last used.
local function touch(stream)
  local ttl = redis.call("HGET", key(stream, "stream"), "ttl")
  if ttl then set(stream, "till", text(now_ms + ttl * 1000)) end
  expire(stream)
end

local function answer(said, stream)
  local fields = {"life", "number", "closed", "type", "ttl", "expires_at", "segments"}
  local found = get(stream, unpack(fields))
  for at = 1, #fields do found[at] = found[at] or "" end
  return {said, unpack(found)}
end

local function add(stream, body)
  local life, number, largest = unpack(get(stream, "life", "number", "largest"))
  number = text(number + 1)
  local id = life .. "-" .. number
  local sum = string.sub(redis.sha1hex(id .. "\n" .. body), 1, 16)
  redis.call("XADD", key(stream, "log"), id, "b", body, "c", sum)
  set(stream, "number", number, "largest", math.max(#body, tonumber(largest) or 0))
end

-- Byte by byte: how Lua compares texts depends on the machine's language.
local function is_after(one, other)
  for at = 1, math.min(#one, #other) do
    local a, b = string.byte(one, at), string.byte(other, at)
    if a ~= b then return a > b end
  end
  return #one > #other
end

local function create(config, type, media, ttl, expires_at, till, closed, forked_at, fork, ...)
  local found = state(name)
  if found == "gone" then return {"held"} end
  if found == "here" then
    local known, is_closed, at = unpack(get(name, "config", "closed", "forked_at"))
    local is_same = known == config and (is_closed or "") == closed
    if forked_at ~= "" and forked_at ~= at then is_same = false end
    return answer(is_same and "same" or "other", name)
  end
  local source, source_life, segments = unpack(cjson.decode(fork))
  if source ~= "" and (state(source) ~= "here" or get(source, "life")[1] ~= source_life) then
    return {"source"}
  end
  local life = text(math.max(now_us, (tonumber(source_life) or 0) + 1))
  set(name, "life", life, "number", "0", "config", config, "type", type, "media", media)
  local optional = {ttl = ttl, expires_at = expires_at, till = till, closed = closed}
  optional.source, optional.segments, optional.forked_at = source, segments, forked_at
  for field, value in pairs(optional) do
    if value ~= "" then set(name, field, value) end
  end
  for _, body in ipairs({...}) do add(name, body) end
  if source ~= "" then
    redis.call("SADD", key(source, "forks"), life .. " " .. name)
    redis.call("SADD", key("stream/", "held"), source)
    expire(source)
  end
  local made = answer("made", name)
  touch(name)
  ring(name)
  return made
end

-- What is wrong with the place of an append in those of its producer: a word and a number.
local function place(producer, epoch, sequence)
  local known = redis.call("HGET", key(name, "producers"), producer)
  if not known then
    if sequence == 0 then return end
    return "gap", 0
  end
  local at, last = string.match(known, "(%d+) (%d+)")
  at, last = tonumber(at), tonumber(last)
  if epoch < at then return "stale", at end
  if epoch == at and sequence <= last then return "repeat", last end
  if epoch > at and sequence > 0 then return "epoch", 0 end
  if epoch == at and sequence > last + 1 then return "gap", last + 1 end
end

local function forget(producers)
  if #producers == 0 then return end
  redis.call("ZREM", key(name, "recent"), unpack(producers))
  redis.call("HDEL", key(name, "producers"), unpack(producers))
end

local function remember(producer, epoch, sequence)
  local recent = key(name, "recent")
  redis.call("HSET", key(name, "producers"), producer, epoch .. " " .. sequence)
  redis.call("ZADD", recent, text(now_ms), producer)
  forget(redis.call("ZRANGEBYSCORE", recent, "-inf", text(now_ms - KEEP_PRODUCERS_MS), "LIMIT", 0, 100))
  if redis.call("ZCARD", recent) > KEEP_PRODUCERS then forget(redis.call("ZRANGE", recent, 0, 0)) end
end

local function append(body, media, order, producer, epoch, sequence, close)
  local found = state(name)
  if found ~= "here" then return {found} end
  local known_media, known_order, closed = unpack(get(name, "media", "order", "closed"))
  local wrong, number
  if producer ~= "" then wrong, number = place(producer, tonumber(epoch), tonumber(sequence)) end
  local function refuse(said)
    local refusal = answer(said, name)
    refusal[#refusal + 1] = number and text(number) or ""
    return refusal
  end
  if wrong == "stale" or wrong == "repeat" then return refuse(wrong) end
  if closed and (body ~= "" or producer ~= "") then return refuse("closed") end
  if body ~= "" and media ~= known_media then return refuse("media") end
  if wrong then return refuse(wrong) end
  if order ~= "" and known_order and not is_after(order, known_order) then return refuse("order") end
  if body ~= "" then add(name, body) end
  if order ~= "" then set(name, "order", order) end
  if close ~= "" then set(name, "closed", "true") end
  if producer ~= "" then remember(producer, epoch, sequence) end
  touch(name)
  ring(name)
  return refuse("done")
end

local function look(use)
  local found = state(name)
  if found ~= "here" then return {found} end
  pcall(function()  -- while Redis refuses writes it is read all the same
    if use ~= "" then
      touch(name)
    elseif redis.call("EXISTS", key(name, "forks")) == 1 and not is_read(name) then
      expire(name)
    end
  end)
  return answer("here", name)
end

local function delete()
  local found = state(name)
  if found ~= "here" then return {found} end
  if is_read(name) then
    set(name, "gone", "true")
    ring(name)
  else
    remove(name)
  end
  return {"done"}
end

local operations = {create = create, append = append, look = look, delete = delete}
return operations[operation](unpack(ARGV, 4))
