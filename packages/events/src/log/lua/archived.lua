-- Notes how far a partition is archived and takes that off the lists of unarchived events.
-- KEYS[1]  {pNN}:epoch
-- ARGV     the epoch, the archived n, the conversations of the batch (16 raw bytes each)
-- Returns  the last n of the log; -1 when the partition has another epoch. Whoever projects goes on while the log has more:
--          what is appended from now on sees `archived` and wakes somebody if it meets a partition at rest.
local meta = redis.call('HMGET', KEYS[1], 'id', 'archived', 'n')
if meta[1] ~= ARGV[1] then return -1 end
local archived = math.max(tonumber(ARGV[2]), tonumber(meta[2] or 0))
redis.call('HSET', KEYS[1], 'archived', archived)
for from = 1, #ARGV[3], 16 do trimTail(string.sub(ARGV[3], from, from + 15), archived) end
return tonumber(meta[3])
