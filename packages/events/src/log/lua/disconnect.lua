-- Writes the adapter's entry that closes every socket in some rooms. ARGV: the rooms.
fanOut('parley', '6', '{"opts":{"rooms":["' .. table.concat(ARGV, '","') .. '"],"except":[],"flags":{}},"close":true}')
return 1
