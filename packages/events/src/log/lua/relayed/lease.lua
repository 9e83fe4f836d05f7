-- Takes, keeps or gives back the relay's lease. ARGV: the holder, milliseconds; 0 gives it back.
-- Returns  1 for who has it now.
local holder = redis.call('GET', 'relayed:lease')
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then
  redis.call('DEL', 'relayed:lease')
  return 0
end
redis.call('SET', 'relayed:lease', ARGV[1], 'PX', ARGV[2])
return 1
