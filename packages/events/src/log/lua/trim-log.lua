-- Trims a partition's log below what is archived. Only whole nodes go: XDEL would leave holes and bytes.
-- KEYS[1]  {pNN}:epoch
-- ARGV[1]  how many archived events stay
-- Returns  how many went.
local archived = tonumber(redis.call('HGET', KEYS[1], 'archived') or 0)
local first = archived - tonumber(ARGV[1]) + 1
if first <= 1 then return 0 end
return redis.call('XTRIM', prefix .. 'log', 'MINID', '~', first .. '-0')
