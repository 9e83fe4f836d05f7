-- Drops receipts that are archived and older than the wanted watermark, and raises watermark and generation with them:
-- who asked the archive before that has to ask again.
-- KEYS[1]  {pNN}:epoch
-- ARGV[1]  the wanted watermark
-- Returns  how many hashes of receipts went.
local meta = redis.call('HMGET', KEYS[1], 'watermark', 'archived', 'late', 'generation')
if not meta[1] then return 0 end
local watermark, archived, late = tonumber(meta[1]), tonumber(meta[2]), tonumber(meta[3])
local stored, buckets = redis.call('HGETALL', prefix .. 'buckets'), {}
for at = 1, #stored, 2 do buckets[#buckets + 1] = { tonumber(stored[at]), tonumber(stored[at + 1]) } end
table.sort(buckets, function(a, b) return a[1] < b[1] end)
local wanted, dropped = tonumber(ARGV[1]), 0
for _, bucket in ipairs(buckets) do
  if bucket[1] >= wanted then break end
  if bucket[2] > archived then
    wanted = bucket[1]
    break
  end
  redis.call('DEL', prefix .. 'r:' .. bucket[1])
  redis.call('HDEL', prefix .. 'buckets', bucket[1])
  dropped = dropped + 1
end
if late and late <= archived then
  redis.call('DEL', prefix .. 'late')
  redis.call('HDEL', KEYS[1], 'late')
  dropped = dropped + 1
end
if wanted > watermark then redis.call('HSET', KEYS[1], 'watermark', wanted) end
if wanted > watermark or dropped > 0 then redis.call('HINCRBY', KEYS[1], 'generation', 1) end
return dropped
