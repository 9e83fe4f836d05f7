-- Lets users enter the fan-out at one place: reads what each may hear and writes one marker for all.
-- ARGV  the node's id, the marker's id, then the users (text)
-- Returns  for each user: version, conversations (16 raw bytes each).
-- Error    FILLING while nobody may enter.
if not stateIs('ready') then return redis.error_reply('FILLING the fan-out is being filled') end
local reply = {}
for at = 3, #ARGV do
  reply[#reply + 1] = redis.call('GET', 'relayed:version:' .. ARGV[at]) or '0'
  reply[#reply + 1] = table.concat(redis.call('SMEMBERS', 'relayed:user:' .. ARGV[at]))
end
fanOut(ARGV[1], '0', '{"marker":"' .. ARGV[2] .. '"}')
return reply
