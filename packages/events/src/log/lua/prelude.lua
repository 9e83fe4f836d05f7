-- Put before every script of the log. RUN is filled in when a server was verified: a restarted or promoted server does
-- not know the text and answers NOSCRIPT, so that nothing can be appended to a log that may have gone back in time.
local RUN = '@RUN@'
-- Whether the fan-out is another server: a relay reads the log then and writes there, see lua/relayed.
local RELAYED = '@RELAYED@' == 'yes'

-- Statuses of one command; append-reply.ts reads them.
local APPENDED, REPEATED, CONFLICT, NOT_FOUND, LOOK, WAIT, MEMBER, LAST_OWNER, RESTLESS = 0, 1, 2, 3, 4, 5, 6, 7, 8

-- Adds one entry to the fan-out, in the adapter's own form plus our dense counter `n`.
local function fanOut(uid, kind, data)
  if RELAYED then return end
  local n = redis.call('INCR', 'fanout:n')
  redis.call('XADD', 'socket.io', 'MAXLEN', '~', 20000, '*',
    'uid', uid, 'nsp', '/', 'type', kind, 'data', data, 'n', n)
end

-- '{pNN}:', the tag that all keys of the partition share. Keys beside KEYS[1] are derived from it: which there are
-- depends on the commands, and all of them are in the slot of KEYS[1].
local prefix = KEYS[1] and string.sub(KEYS[1], 1, 6)

-- One packed command; append-record.ts writes it.
local RECORD = '>c16c16c16c16c16c8c36I6I4I6I2BBBBc0I2c0I2c0I4c0'
local function readRecord(packed, from)
  local conversation, user, device, id, salt, hash, text, at, bucket, generation, v, code, rule, role, type, extra, json, body,
    after = struct.unpack(RECORD, packed, from)
  -- All fields at once: a table that grows field by field is moved six times.
  return { conversation = conversation, user = user, device = device, id = id, salt = salt, hash = hash, text = text,
    at = at, bucket = bucket, generation = generation, v = v, code = code, rule = rule, role = role, type = type, extra = extra,
    json = json, body = body, next = after, field = conversation .. user .. id, seq = false, state = false, first = false }
end

-- Write-side state of the conversations that this call touches, read once and written at the end.
local states, stateOrder = {}, {}

local function stateOf(id)
  local state = states[id]
  if state then return state end
  local stored = redis.call('HMGET', prefix .. 'c:' .. id, 'h', 's', 'l', 'b')
  state = { id = id, head = tonumber(stored[1]), settings = stored[2], lineage = stored[3] or '', born = stored[4],
    members = {}, tail = {}, events = {}, lineageChanged = false, created = false, touched = false }
  states[id] = state
  stateOrder[#stateOrder + 1] = state
  return state
end

-- 'role:since:from-to,from-' with role '-' for who is no member any more; nil for who never was.
local function memberOf(state, user)
  local known = state.members[user]
  if known == nil then
    known = redis.call('HGET', prefix .. 'm:' .. state.id, user)
    state.members[user] = known
  end
  return known or nil
end

-- 0 member, 1 moderator, 2 owner; nil for who is not a member now.
local function roleOf(state, user)
  local member = memberOf(state, user)
  return member and tonumber(string.sub(member, 1, 1))
end

-- The next seq of a conversation. Notes the head before the first append in an epoch.
local function nextSeq(state, epoch)
  local head = state.head or 0
  if string.sub(state.lineage, -13, -6) ~= epoch then
    state.lineage = state.lineage .. struct.pack('>c8I5', epoch, head)
    state.lineageChanged = true
  end
  state.head = head + 1
  return state.head
end

local function listen(state, user, text)
  redis.call('SADD', 'fanout:user:' .. text, state.id)
  redis.call('INCR', 'fanout:version:' .. text)
end

-- A member from `seq` on; with `history: all` everything before is visible too, and one open interval says it all.
local function addMember(state, user, text, role, seq)
  local before = memberOf(state, user)
  local intervals = before and string.match(before, '^[^:]*:[^:]*:(.*)$')
  if string.sub(state.settings, 3, 3) == 'a' or seq == 1 then intervals = '1-'
  elseif intervals then intervals = intervals .. ',' .. seq .. '-'
  else intervals = seq .. '-' end
  state.members[user] = role .. ':' .. seq .. ':' .. intervals
  redis.call('HSET', prefix .. 'm:' .. state.id, user, state.members[user])
  listen(state, user, text)
end

-- The role is the first letter; everything else stays. What a member hears does not change with it.
local function changeRole(state, user, role)
  state.members[user] = role .. string.sub(memberOf(state, user), 2)
  redis.call('HSET', prefix .. 'm:' .. state.id, user, state.members[user])
end

-- The open interval is the last one and ends here.
local function dropMember(state, user, text, seq)
  state.members[user] = '-' .. string.sub(memberOf(state, user), 2) .. seq
  redis.call('HSET', prefix .. 'm:' .. state.id, user, state.members[user])
  redis.call('SREM', 'fanout:user:' .. text, state.id)
  redis.call('INCR', 'fanout:version:' .. text)
end

-- What a command beside posting changes. `extra`: 3 letters of settings and the first members for a creation, else
-- whom it is about: 16 raw bytes and 36 characters.
local function firstMembers(c)
  local members = {}
  for at = 4, #c.extra, 53 do
    members[#members + 1] = { id = string.sub(c.extra, at, at + 15), text = string.sub(c.extra, at + 16, at + 51),
      role = string.sub(c.extra, at + 52, at + 52) }
  end
  return members
end

local function subject(c)
  return string.sub(c.extra, 1, 16), string.sub(c.extra, 17, 52)
end

local CREATE, POST, ADD, REMOVE, JOIN, LEAVE, REGISTER, CHANGE_ROLE, REFUSE = 1, 2, 3, 4, 5, 6, 7, 8, 9

local function applyRule(c, state, seq)
  if c.rule == CREATE then
    state.created = true
    state.settings = string.sub(c.extra, 1, 3)
    state.born = c.at
    for _, member in ipairs(firstMembers(c)) do addMember(state, member.id, member.text, member.role, seq) end
  elseif c.rule == ADD or c.rule == JOIN or c.rule == REGISTER then
    local user, text = subject(c)
    addMember(state, user, text, c.role, seq)
  elseif c.rule == REMOVE or c.rule == LEAVE then
    local user, text = subject(c)
    dropMember(state, user, text, seq)
  elseif c.rule == CHANGE_ROLE then
    changeRole(state, (subject(c)), c.role)
  end
end

-- `t` is the type's code where it has one, see type-codes.ts.
local function addToLog(n, c, seq)
  local format = string.format
  redis.call('XADD', prefix .. 'log', format('%d-0', n), 't', c.code > 0 and format('%d', c.code) or c.type, 'v', format('%d', c.v), 'c', c.conversation,
    'q', format('%d', seq), 'a', format('%d', c.at), 'u', c.user, 'd', c.device, 'i', c.id, 's', c.salt, 'b', c.body)
end

local function packReceipt(epoch, c, seq)
  return struct.pack('>c8c8I5I6', epoch, c.hash, seq, c.at)
end

local function writeStates()
  for _, state in ipairs(stateOrder) do
    if state.touched then
      local key = prefix .. 'c:' .. state.id
      redis.call('HSET', key, 'h', state.head)
      if state.lineageChanged then redis.call('HSET', key, 'l', state.lineage) end
      if state.created then redis.call('HSET', key, 's', state.settings, 'b', state.born) end
      if #state.tail > 0 then redis.call('RPUSH', prefix .. 't:' .. state.id, unpack(state.tail)) end
    end
  end
end

-- Takes what is archived off a conversation's list of unarchived n. Element i of the list is seq head - length + 1 + i.
-- Returns the length that remains.
local function trimTail(id, archived)
  local key = prefix .. 't:' .. id
  while true do
    local some = redis.call('LRANGE', key, 0, 99)
    local done = 0
    while done < #some and tonumber(some[done + 1]) <= archived do done = done + 1 end
    if done > 0 then redis.call('LTRIM', key, done, -1) end
    if done < 100 then break end
  end
  return redis.call('LLEN', key)
end
