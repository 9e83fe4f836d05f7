-- Sets what users hear. ARGV: the token, then for each user: the user (text), the conversations (16 raw bytes each).
-- Returns  1, or 0 when another filling has begun.
if not stateIs('filling:' .. ARGV[1]) then return 0 end
for at = 2, #ARGV, 2 do
  local user, packed = ARGV[at], ARGV[at + 1]
  redis.call('DEL', 'relayed:user:' .. user, 'relayed:version:' .. user)
  for from = 1, #packed, 16 do redis.call('SADD', 'relayed:user:' .. user, string.sub(packed, from, from + 15)) end
  -- Not a version from before the filling: a session that knows one is not recovered.
  if #packed > 0 then redis.call('SET', 'relayed:version:' .. user, string.format('%d', clock())) end
end
return 1
