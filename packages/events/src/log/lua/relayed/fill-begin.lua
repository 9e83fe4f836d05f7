-- Begins to fill: from here on nobody enters and nothing is relayed, and every node sees a hole.
-- ARGV     the holder of the lease, a token for this filling
-- Returns  1, or 0 when the caller has lost the lease.
if redis.call('GET', 'relayed:lease') ~= ARGV[1] then return 0 end
redis.call('DEL', 'relayed:at')
redis.call('HSET', 'relayed:at', 'state', 'filling:' .. ARGV[2])
jump()
fanOut('parley', '0', '{"filling":"' .. ARGV[2] .. '"}')
return 1
