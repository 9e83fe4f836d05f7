-- How often the conversations of a user changed. ARGV: the user (text)
return { redis.call('GET', 'fanout:version:' .. ARGV[1]) or '0' }
