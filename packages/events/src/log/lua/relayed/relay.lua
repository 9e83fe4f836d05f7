-- Writes what one partition's log holds next, if the partition stands where the caller read it from.
-- ARGV[1]  the partition: p00 … p63
-- ARGV[2]  the place that the entries follow, `epoch:n`
-- ARGV[3]  the place after them
-- ARGV[4…] the caller's filling; then for each entry: type, data, conversation (16 raw bytes), users (text, with commas
--          between). Only for types 4 and 5, a join and a leave, there is a conversation and users.
-- Returns  1, or 0 when the partition stands elsewhere: nothing was written then.
if redis.call('HGET', 'relayed:at', ARGV[1]) ~= ARGV[2] or not stateIs('ready', 'catching:' .. ARGV[4]) then return 0 end
for at = 5, #ARGV, 4 do
  local kind, data, conversation, users = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  for user in string.gmatch(users, '[^,]+') do
    redis.call(kind == '4' and 'SADD' or 'SREM', 'relayed:user:' .. user, conversation)
    redis.call('INCR', 'relayed:version:' .. user)
  end
  fanOut('parley', kind, data)
end
redis.call('HSET', 'relayed:at', ARGV[1], ARGV[3])
return 1
