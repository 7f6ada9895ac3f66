package redis

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey/latchkey/internal/limit"
)

// A debt is "owed at": nanoseconds at a moment in microseconds of the server's
// clock. So the numbers are those of package limit, to the nanosecond: Lua
// counts in floats, which are exact to 2^53, and that many nanoseconds are only
// 104 days. A key is forgotten as soon as it owes nothing. When the clock went
// back, the debt is written down anew, else it would stand still until the clock
// has caught up.
var charge = redis.NewScript(`
	local time = redis.call('TIME')
	local now = time[1] * 1000000 + time[2]
	local function put(key, owed)
		redis.call('SET', key, string.format('%.0f %.0f', owed, now), 'PX', string.format('%.0f', math.ceil(owed / 1000000) + 1))
	end
	local told, fits = {now}, true
	for i, key in ipairs(KEYS) do
		local interval, span = tonumber(ARGV[2*i-1]), tonumber(ARGV[2*i])
		local owed = 0
		local held = redis.call('GET', key)
		if held then
			local was, at = string.match(held, '^(%d+) (%d+)$')
			local passed = now - tonumber(at)
			owed = math.min(math.max(tonumber(was) - math.max(passed, 0) * 1000, 0), span)
			if passed < 0 then put(key, owed) end
		end
		if owed + interval > span then fits = false end
		told[i+1] = owed
	end
	if fits then
		for i, key in ipairs(KEYS) do put(key, told[i+1] + tonumber(ARGV[2*i-1])) end
	end
	return told`)

// Charge implements [limit.Keeper].
func (s *Store) Charge(ctx context.Context, costs []limit.Cost) ([]time.Duration, error) {
	_, owed, err := s.charge(ctx, costs)
	return owed, err
}

// charge also returns the time of the server's clock at which it charged.
func (s *Store) charge(ctx context.Context, costs []limit.Cost) (time.Time, []time.Duration, error) {
	keys, args := make([]string, len(costs)), make([]any, 0, 2*len(costs))
	for i, c := range costs {
		keys[i] = s.config.Prefix + "limit:" + base64.RawURLEncoding.EncodeToString(c.ID[:])
		args = append(args, int64(c.Interval), int64(c.Span))
	}
	told, err := charge.Run(ctx, s.client, keys, args...).Int64Slice()
	if err == nil && len(told) != len(costs)+1 {
		err = errShape
	}
	if err != nil {
		return time.Time{}, nil, s.fail(ctx, "Charge", err)
	}
	owed := make([]time.Duration, len(costs))
	for i := range owed {
		owed[i] = time.Duration(told[i+1])
	}
	return time.UnixMicro(told[0]), owed, nil
}
