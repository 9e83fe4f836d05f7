-- Appends a group of commands of one partition, each with its own receipt or refusal, in one atomic step.
-- KEYS[1]  {pNN}:epoch
-- ARGV[1]  the caller's epoch, 16 hexadecimal digits
-- ARGV[2]  the same, 8 raw bytes
-- ARGV[3]  the commands, one after the other, as append-record.ts packs them
-- Returns  20 bytes for each: status (1), epoch (8), seq (5; for LOOK the generation), at (6); then one byte: 1 when this
--          call appended to a partition that was archived to its end, so that nobody is on the way to project it.
-- Error    STALE when the partition has another epoch or run.
-- Lua does not roll back: everything is decided before the first write. A command that changes members or settings is
-- alone in its conversation here (group-commit.ts sees to it), so that no decision depends on a write of this call.
local meta = redis.call('HMGET', KEYS[1], 'run', 'id', 'n', 'watermark', 'generation', 'archived')
if meta[1] ~= RUN or meta[2] ~= ARGV[1] then return redis.error_reply('STALE the log has another epoch') end
local epoch = ARGV[2]
local n, watermark, generation = tonumber(meta[3]), tonumber(meta[4]), tonumber(meta[5])
local atRest = tonumber(meta[6]) == n

local rules = {}

-- A direct conversation's id is derived from its pair: whoever comes second gets the first one's receipt.
rules[CREATE] = function(c, state)
  if not state.head then return APPENDED end
  local settings = string.sub(c.extra, 1, 3)
  if settings ~= state.settings or string.sub(settings, 1, 1) ~= 'd' then return CONFLICT end
  for _, member in ipairs(firstMembers(c)) do
    if not memberOf(state, member.id) then return CONFLICT end
  end
  c.first = true
  return REPEATED
end

-- Nobody talks in the directory: everybody would hear it, and nobody could see where.
rules[POST] = function(c, state)
  local role = roleOf(state, c.user)
  if string.sub(state.settings, 1, 1) == 'y' then return NOT_FOUND end
  return role and role >= c.role and APPENDED or NOT_FOUND
end

local function hasMembersByChoice(state)
  local kind = string.sub(state.settings, 1, 1)
  return kind == 'g' or kind == 'c'
end

-- Each stay is kept for ever, and read with each access: some hundreds are enough for anybody.
local MOST_BYTES_OF_STAYS = 8192
local function comes(state, user)
  local member = memberOf(state, user)
  if member and #member > MOST_BYTES_OF_STAYS then return RESTLESS end
  return roleOf(state, user) and MEMBER or APPENDED
end

rules[ADD] = function(c, state)
  local role = roleOf(state, c.user)
  if not role or role < c.role or not hasMembersByChoice(state) then return NOT_FOUND end
  return comes(state, (subject(c)))
end

rules[REMOVE] = function(c, state)
  local role, other = roleOf(state, c.user), roleOf(state, (subject(c)))
  local may = role and role >= 1 and other and role > other and hasMembersByChoice(state)
  return may and APPENDED or NOT_FOUND
end

rules[JOIN] = function(c, state)
  if string.sub(state.settings, 1, 2) ~= 'cu' then return NOT_FOUND end
  return comes(state, c.user)
end

-- Read from all members: only an owner who goes asks, and members are many while such calls are few.
local function isLastOwner(state, user)
  if roleOf(state, user) ~= 2 then return false end
  local rows = redis.call('HGETALL', prefix .. 'm:' .. state.id)
  for at = 1, #rows, 2 do
    if rows[at] ~= user and string.sub(rows[at + 1], 1, 1) == '2' then return false end
  end
  return true
end

rules[LEAVE] = function(c, state)
  if not roleOf(state, c.user) or not hasMembersByChoice(state) then return NOT_FOUND end
  return isLastOwner(state, c.user) and LAST_OWNER or APPENDED
end

rules[CHANGE_ROLE] = function(c, state)
  local user = subject(c)
  local role, other = roleOf(state, c.user), roleOf(state, user)
  if role ~= 2 or not other or not hasMembersByChoice(state) then return NOT_FOUND end
  if user ~= c.user then return other < 2 and APPENDED or NOT_FOUND end
  return c.role < 2 and isLastOwner(state, user) and LAST_OWNER or APPENDED
end

rules[REGISTER] = function(c, state)
  if string.sub(state.settings, 1, 1) ~= 'y' then return NOT_FOUND end
  return roleOf(state, c.user) and MEMBER or APPENDED
end

rules[REFUSE] = function() return NOT_FOUND end

local decided, looking, anyLooking = {}, {}, false

local function laneOf(c)
  return c.conversation .. c.user .. c.device
end

-- Idempotency comes before every check: a retry gets its receipt also from somebody who was removed since.
local function findReceipt(c, field)
  local inCall = decided[field]
  if inCall then return inCall.hash, epoch, inCall.seq, inCall.at end
  local key = c.bucket < watermark and 'late' or 'r:' .. c.bucket
  local stored = redis.call('HGET', prefix .. key, field)
  if not stored then return nil end
  local inEpoch, hash, seq, at = struct.unpack('>c8c8I5I6', stored)
  return hash, inEpoch, seq, at
end

local function decide(c)
  if anyLooking and looking[laneOf(c)] then return WAIT, epoch, 0, 0 end
  local field = c.field
  local hash, inEpoch, seq, at = findReceipt(c, field)
  if hash then return hash == c.hash and REPEATED or CONFLICT, inEpoch, seq, at end
  -- Older than every kept receipt: only the archive knows, and its answer holds as long as the generation does.
  if c.bucket < watermark and c.generation ~= generation then
    looking[laneOf(c)], anyLooking = true, true
    return LOOK, epoch, generation, 0
  end
  local state = stateOf(c.conversation)
  if not state.head and c.rule ~= CREATE then return NOT_FOUND, epoch, 0, 0 end
  local status = rules[c.rule](c, state)
  if c.first then return status, string.sub(state.lineage, 1, 8), 1, tonumber(state.born) end
  if status ~= APPENDED then return status, epoch, 0, 0 end
  c.seq = nextSeq(state, epoch)
  c.state = state
  decided[field] = c
  return APPENDED, epoch, c.seq, c.at
end

local reply, appended = {}, {}
local from, packed = 1, ARGV[3]
while from <= #packed do
  local c = readRecord(packed, from)
  from = c.next
  local status, inEpoch, seq, at = decide(c)
  reply[#reply + 1] = struct.pack('>Bc8I5I6', status, inEpoch, seq, at)
  if status == APPENDED then appended[#appended + 1] = c end
end
if #appended == 0 then return table.concat(reply) .. '\0' end

-- From here on only writes.
local receipts = {}
for _, c in ipairs(appended) do
  n = n + 1
  local state = c.state
  addToLog(n, c, c.seq)
  state.touched = true
  state.tail[#state.tail + 1] = n
  state.events[#state.events + 1] = c
  local bucket = c.bucket < watermark and 'late' or c.bucket
  local batch = receipts[bucket]
  if not batch then
    batch = {}
    receipts[bucket] = batch
  end
  batch[#batch + 1] = c.field
  batch[#batch + 1] = packReceipt(epoch, c, c.seq)
end
for bucket, batch in pairs(receipts) do
  if bucket == 'late' then
    redis.call('HSET', prefix .. 'late', unpack(batch))
    redis.call('HSET', KEYS[1], 'late', n)
  else
    redis.call('HSET', prefix .. 'r:' .. bucket, unpack(batch))
    redis.call('HSET', prefix .. 'buckets', bucket, n)
  end
end
redis.call('HSET', KEYS[1], 'n', n)

local function membership(kind, users, text)
  fanOut('parley', kind, '{"opts":{"rooms":["u:' .. table.concat(users, '","u:')
    .. '"],"except":[],"flags":{}},"rooms":["c:' .. text .. '"]}')
end

local function broadcast(text, events)
  fanOut('parley', '3', '{"packet":{"type":2,"data":["events",{"conversationId":"' .. text .. '","epoch":"' .. ARGV[1]
    .. '","events":[' .. table.concat(events, ',') .. ']}]},"opts":{"rooms":["c:' .. text
    .. '"],"except":[],"flags":{}}}')
end

local function eventJson(c)
  return table.concat({ '{"v":', c.v, ',"type":"', c.type, '","conversationId":"', c.text, '","seq":',
    string.format('%d', c.seq), c.json, c.body, '}' })
end

-- Who comes in hears the event that adds; who goes hears the event that removes, and nothing after it.
local function publish(first, events)
  if first.rule == CREATE then
    local users = {}
    for _, member in ipairs(firstMembers(first)) do users[#users + 1] = member.text end
    membership('4', users, first.text)
  elseif first.rule == ADD or first.rule == JOIN or first.rule == REGISTER then
    membership('4', { string.sub(first.extra, 17, 52) }, first.text)
  end
  local run, bytes = {}, 0
  for _, c in ipairs(events) do
    local json = eventJson(c)
    if bytes > 0 and bytes + #json > 65536 then
      broadcast(first.text, run)
      run, bytes = {}, 0
    end
    run[#run + 1] = json
    bytes = bytes + #json
  end
  broadcast(first.text, run)
  if first.rule == REMOVE or first.rule == LEAVE then
    membership('5', { string.sub(first.extra, 17, 52) }, first.text)
  end
end

for _, state in ipairs(stateOrder) do
  local events = state.events
  if #events > 0 then
    local first = events[1]
    if first.rule ~= POST then applyRule(first, state, first.seq) end
    if not RELAYED then publish(first, events) end
  end
end
writeStates()
return table.concat(reply) .. (atRest and '\1' or '\0')
