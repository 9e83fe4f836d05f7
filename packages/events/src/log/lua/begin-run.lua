-- Told once of each run of the server: skips a number of the fan-out, so that every node sees a hole and resyncs.
-- ARGV     run_id of the server, a random name for a log that has none yet
-- Returns  the log's name.
redis.call('HSETNX', 'parley:log', 'name', ARGV[2])
if redis.call('HGET', 'parley:log', 'run') ~= ARGV[1] then
  redis.call('HSET', 'parley:log', 'run', ARGV[1])
  redis.call('INCR', 'fanout:n')
end
return redis.call('HGET', 'parley:log', 'name')
