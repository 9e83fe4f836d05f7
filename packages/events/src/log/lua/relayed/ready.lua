-- Lets sockets enter: the relay has come as far as the copy is old. ARGV: the token.
-- Returns  1, or 0 when another filling has begun.
if not stateIs('catching:' .. ARGV[1], 'ready') then return 0 end
redis.call('HSET', 'relayed:at', 'state', 'ready')
return 1
