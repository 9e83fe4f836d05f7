-- Sets the places from which the relay goes on. ARGV: the token, the run of the log, then partitions and places in turn.
-- Returns  1, or 0 when another filling has begun.
if not stateIs('filling:' .. ARGV[1]) then return 0 end
redis.call('HSET', 'relayed:at', 'state', 'catching:' .. ARGV[1], 'run', unpack(ARGV, 2))
return 1
