-- Begins an epoch, once per run: compare-and-set against the state that the caller has read.
-- KEYS[1]  {pNN}:epoch
-- ARGV     epoch, n at which it begins, a new generation, watermark for an empty log, archived n, then the lineage:
--          epoch and n of each
-- Returns  the epoch that holds for this run, or false when the log is not at that n.
if redis.call('HGET', KEYS[1], 'run') == RUN then return redis.call('HGET', KEYS[1], 'id') end
if (redis.call('HGET', KEYS[1], 'n') or '0') ~= ARGV[2] then return false end
redis.call('HSET', KEYS[1], 'run', RUN, 'id', ARGV[1], 'began', ARGV[2], 'n', ARGV[2], 'generation', ARGV[3],
  'archived', ARGV[5])
redis.call('HSETNX', KEYS[1], 'watermark', ARGV[4])
redis.call('DEL', prefix .. 'lineage')
for at = 6, #ARGV, 2 do redis.call('RPUSH', prefix .. 'lineage', ARGV[at] .. ':' .. ARGV[at + 1]) end
return ARGV[1]
