package redis

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey/latchkey/internal/auth"
)

// A counter is "n resets", resets in milliseconds. Its window runs when it is
// neither over nor ends later than far, as after a clock that went ahead and
// came back. A subtraction stops at zero and begins nothing; reading writes
// nothing.
var count = redis.NewScript(`
	local told = {}
	for i, key in ipairs(KEYS) do
		local add, now, ends = tonumber(ARGV[5*i-4]), tonumber(ARGV[5*i-3]), tonumber(ARGV[5*i-2])
		local far, slack = tonumber(ARGV[5*i-1]), tonumber(ARGV[5*i])
		local n, resets, runs = 0, 0, false
		local held = redis.call('GET', key)
		if held then
			local a, b = string.match(held, '^(%d+) (-?%d+)$')
			b = tonumber(b)
			if b > now and b <= far then n, resets, runs = tonumber(a), b, true end
		end
		if add > 0 or runs and add < 0 then
			if not runs then resets = ends end
			n = math.max(n + add, 0)
			redis.call('SET', key, string.format('%.0f %.0f', n, resets), 'PX', string.format('%.0f', math.max(resets - now, 0) + slack))
		end
		told[2*i-1], told[2*i] = n, resets
	end
	return told`)

// Count implements [auth.Tickets].
func (s *Store) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	if len(counts) == 0 {
		return nil, nil
	}
	keys, args := make([]string, len(counts)), make([]any, 0, 5*len(counts))
	for i, c := range counts {
		keys[i] = s.key("count", c.Directory, c.Key)
		args = append(args, c.Add, ms(c.Now), ms(c.Now.Add(c.Window)), ms(c.Now.Add(2*c.Window)), slack.Milliseconds())
	}
	told, err := count.Run(ctx, s.client, keys, args...).Int64Slice()
	if err == nil && len(told) != 2*len(counts) {
		err = errShape
	}
	if err != nil {
		return nil, s.fail(ctx, "Count", err)
	}
	tallies := make([]auth.Tally, len(counts))
	for i := range tallies {
		tallies[i] = auth.Tally{N: int(told[2*i]), Resets: at(told[2*i+1])}
	}
	return tallies, nil
}
