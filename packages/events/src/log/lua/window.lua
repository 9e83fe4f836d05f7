-- Archived events of one conversation that still lie in the log, found by looking through its newest entries.
-- KEYS[1]  {pNN}:epoch
-- ARGV     the conversation (16 raw bytes), from, to (seq, both included), how many entries to look at
-- Returns  the log entries as XRANGE gives them, newest first; what lies further back is left out.
if redis.call('HGET', KEYS[1], 'run') ~= RUN then return redis.error_reply('STALE the log has another epoch') end
local from, to, left = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local entries, last = {}, '+'
while left > 0 do
  local page = redis.call('XREVRANGE', prefix .. 'log', last, '-', 'COUNT', math.min(left, 200))
  for _, entry in ipairs(page) do
    local fields = entry[2]
    local seq = fields[5] == 'c' and fields[6] == ARGV[1] and fields[7] == 'q' and tonumber(fields[8])
    if seq and seq <= to and seq >= from then entries[#entries + 1] = entry end
    if seq and seq <= from then return entries end
  end
  if #page == 0 then break end
  last = '(' .. page[#page][1]
  left = left - #page
end
return entries
