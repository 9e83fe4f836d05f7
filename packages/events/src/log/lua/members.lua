-- Everyone who is or was a member.
-- KEYS[1]  {pNN}:epoch
-- ARGV[1]  the conversation, 16 raw bytes
-- Returns  users (16 raw bytes) and their rows in turn.
if redis.call('HGET', KEYS[1], 'run') ~= RUN then return redis.error_reply('STALE the log has another epoch') end
return redis.call('HGETALL', prefix .. 'm:' .. ARGV[1])
