-- KEYS[1] the delivery
-- ARGV[1] the claim's token
-- ARGV[2] how long it is kept once it is done, in milliseconds
-- ARGV[3] the same with the lease added
--
-- The value is 'done', or '<token> <keep>' of a claim. A claim is set to expire after lease and
-- keep, so its lease is over when no more than keep is left: past it the claim is still there to be
-- settled, while nobody claims it anew. Redis alone holds a clock.
local value = redis.call('GET', KEYS[1])
if value == 'done' then
  return 'done'
end
if value then
  local keep = tonumber(string.match(value, '^%d+ (%d+)$'))
  if not keep then
    return redis.error_reply('ERR the key holds what no replay guard wrote')
  end
  local left = redis.call('PTTL', KEYS[1])
  -- Negative where somebody took the expiry away.
  if left < 0 or left > keep then
    return 'in-flight'
  end
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return 'new'
