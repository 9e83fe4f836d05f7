-- Told once of each run of the server: skips a number of the fan-out, so that every node sees a hole and resyncs.
-- ARGV     run_id of the server, a random name for a log that has none yet
-- Returns  the log's name; 1 if it got it in this very run, which means that the server was empty.
redis.call('HSETNX', 'parley:log', 'name', ARGV[2])
if redis.call('HSETNX', 'parley:log', 'born', ARGV[1]) == 1 or redis.call('HGET', 'parley:log', 'run') ~= ARGV[1] then
  redis.call('HSET', 'parley:log', 'run', ARGV[1])
  redis.call('INCR', 'fanout:n')
end
local log = redis.call('HMGET', 'parley:log', 'name', 'born')
return { log[1], log[2] == ARGV[1] and 1 or 0 }
