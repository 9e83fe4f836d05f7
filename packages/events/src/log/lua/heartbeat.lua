-- Writes a sign of life of one node. ARGV: the node's id, the beat's id.
fanOut(ARGV[1], '0', '{"heartbeat":"' .. ARGV[2] .. '"}')
return 1
