-- What one user may do and see in conversations of one partition.
-- KEYS[1]  {pNN}:epoch
-- ARGV[1]  the user, 16 raw bytes
-- ARGV[2]  the conversations, 16 raw bytes each
-- Returns  the epoch, then for each conversation: head, settings, first unarchived seq, member; head nil for an unknown one.
local meta = redis.call('HMGET', KEYS[1], 'run', 'id', 'archived')
if meta[1] ~= RUN then return redis.error_reply('STALE the log has another epoch') end
local archived = tonumber(meta[3])
local reply = { meta[2] }
for from = 1, #ARGV[2], 16 do
  local id = string.sub(ARGV[2], from, from + 15)
  local stored = redis.call('HMGET', prefix .. 'c:' .. id, 'h', 's')
  reply[#reply + 1] = stored[1]
  reply[#reply + 1] = stored[2]
  reply[#reply + 1] = stored[1] and tonumber(stored[1]) - trimTail(id, archived) + 1 or false
  reply[#reply + 1] = stored[1] and redis.call('HGET', prefix .. 'm:' .. id, ARGV[1])
end
return reply
