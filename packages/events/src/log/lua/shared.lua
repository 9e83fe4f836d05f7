-- What tells how far two histories of a conversation are the same.
-- KEYS[1]  {pNN}:epoch
-- ARGV[1]  the conversation, 16 raw bytes
-- Returns  head, the conversation's packed lineage, the partition's lineage.
if redis.call('HGET', KEYS[1], 'run') ~= RUN then return redis.error_reply('STALE the log has another epoch') end
local stored = redis.call('HMGET', prefix .. 'c:' .. ARGV[1], 'h', 'l')
return { stored[1], stored[2], redis.call('LRANGE', prefix .. 'lineage', 0, -1) }
