-- Puts archived events back into a log that lacks them: entries, receipts and write-side state, without broadcast.
-- KEYS[1]  {pNN}:epoch
-- ARGV[1]  '1': also into the stream; '0': only what is beside it
-- ARGV[2]  the events: n (6 bytes), epoch (8), seq (6), then the record as for an append; seq 0 and no record for an
--          entry that can't be read: it keeps its n, and its conversation a hole
-- Returns  the n up to which the log has them. Safe to repeat: what the log has already is left alone.
local n = tonumber(redis.call('HGET', KEYS[1], 'n') or 0)
local watermark = tonumber(redis.call('HGET', KEYS[1], 'watermark') or 0)
local from, packed = 1, ARGV[2]
while from <= #packed do
  local at, epoch, archivedSeq, start = struct.unpack('>I6c8I6', packed, from)
  local c = archivedSeq > 0 and readRecord(packed, start)
  from = c and c.next or start
  if at == n + 1 and not c then n = at end
  if at == n + 1 then
    n = at
    local state = stateOf(c.conversation)
    state.touched = true
    -- Before it may lie an entry that can't be read.
    state.head = archivedSeq > 1 and archivedSeq - 1 or state.head
    local seq = nextSeq(state, epoch)
    if ARGV[1] == '1' then addToLog(n, c, seq) end
    applyRule(c, state, seq)
    if c.bucket >= watermark then
      redis.call('HSET', prefix .. 'r:' .. c.bucket, c.field, packReceipt(epoch, c, seq))
      redis.call('HSET', prefix .. 'buckets', c.bucket, n)
    end
  end
end
redis.call('HSET', KEYS[1], 'n', n)
for _, state in ipairs(stateOrder) do redis.call('DEL', prefix .. 't:' .. state.id) end
writeStates()
return n
