-- Put before every script of a fan-out on a server of its own. Nothing else writes there but sessions of the adapter.
-- relayed:n      the dense counter
-- relayed:at     hash: `state` (filling:token, catching:token, ready), `run` of the log, and each partition's place `epoch:n`
-- relayed:user:… the conversations that a user hears (16 raw bytes each); relayed:version:… how often they changed

-- No counter of an earlier life of this server was ever as high.
local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function jump()
  local known = tonumber(redis.call('GET', 'relayed:n') or 0)
  redis.call('SET', 'relayed:n', string.format('%d', math.max(clock(), known + 1)))
end

-- Adds one entry to the stream, in the adapter's own form plus our counter `n`.
local function fanOut(uid, kind, data)
  if redis.call('EXISTS', 'relayed:n') == 0 then jump() end
  redis.call('XADD', 'socket.io', 'MAXLEN', '~', 20000, '*',
    'uid', uid, 'nsp', '/', 'type', kind, 'data', data, 'n', string.format('%d', redis.call('INCR', 'relayed:n')))
end

local function stateIs(...)
  local state = redis.call('HGET', 'relayed:at', 'state')
  for _, wanted in ipairs({ ... }) do
    if state == wanted then return true end
  end
  return false
end
