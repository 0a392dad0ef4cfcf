-- KEYS[1] the delivery
-- ARGV[1] the claim's token
-- ARGV[2] 'done' or 'failed'
--
-- 1 where the claim is still the one with this token, else 0, and nothing is touched.
local value = redis.call('GET', KEYS[1])
local token, keep = string.match(value or '', '^(%d+) (%d+)$')
if token ~= ARGV[1] then
  return 0
end
if ARGV[2] == 'done' then
  redis.call('SET', KEYS[1], 'done', 'PX', keep)
else
  redis.call('DEL', KEYS[1])
end
return 1
