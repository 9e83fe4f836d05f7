-- The events of one conversation that are still in the log.
-- KEYS[1]  {pNN}:epoch
-- ARGV     the conversation (16 raw bytes), from, to (seq, both included)
-- Returns  the log entries as XRANGE gives them, in seq order.
local meta = redis.call('HMGET', KEYS[1], 'run', 'archived')
if meta[1] ~= RUN then return redis.error_reply('STALE the log has another epoch') end
local head = tonumber(redis.call('HGET', prefix .. 'c:' .. ARGV[1], 'h') or 0)
local before = head - trimTail(ARGV[1], tonumber(meta[2]))
local from, to = math.max(tonumber(ARGV[2]) - before - 1, 0), tonumber(ARGV[3]) - before - 1
local entries = {}
if to < 0 then return entries end
for _, n in ipairs(redis.call('LRANGE', prefix .. 't:' .. ARGV[1], from, to)) do
  local id = n .. '-0'
  entries[#entries + 1] = redis.call('XRANGE', prefix .. 'log', id, id)[1]
end
return entries
