package poolsim

import "time"

// limiter paces opens. It calls done once, with true when the open can begin.
type limiter interface {
	awaitGrant(done func(bool))
}

// localLimiter is a token bucket of one process.
type localLimiter struct {
	sim      *simulation
	rate     float64
	burst    float64
	tokens   float64
	refilled time.Duration
}

func newLocalLimiter(s *simulation) *localLimiter {
	burst := float64(s.Limiter.Burst)
	return &localLimiter{sim: s, rate: s.Limiter.Rate, burst: burst, tokens: burst, refilled: s.now}
}

// awaitGrant reserves the next token, as golang.org/x/time/rate does.
func (l *localLimiter) awaitGrant(done func(bool)) {
	l.tokens = min(l.burst, l.tokens+(l.sim.now-l.refilled).Seconds()*l.rate)
	l.refilled = l.sim.now
	l.tokens--
	if l.tokens >= 0 {
		done(true)
		return
	}
	delay := time.Duration(-l.tokens / l.rate * float64(time.Second))
	l.sim.scheduleAfter(delay, func() { done(true) })
}

const (
	counterBackoff = 25 * time.Millisecond
	counterNear    = 250 * time.Millisecond // to the next second: then it waits for it
	counterSpread  = 50 * time.Millisecond
	bucketBackoff  = 50 * time.Millisecond
)

// perSecondCounter grants a number of opens in each second of the clock.
type perSecondCounter struct {
	sim     *simulation
	limiter Limiter
	second  time.Duration
	count   float64
}

func (l *perSecondCounter) awaitGrant(done func(bool)) {
	l.tryGrant(l.sim.now+l.limiter.MaxWait, done)
}

func (l *perSecondCounter) tryGrant(deadline time.Duration, done func(bool)) {
	s := l.sim
	if second := s.now.Truncate(time.Second); second != l.second {
		l.second, l.count = second, 0
	}
	if l.count < l.limiter.Rate {
		l.count++
		s.scheduleAfter(s.RoundTrip, func() { done(true) })
		return
	}
	s.scheduleAfter(s.RoundTrip, func() {
		if s.now > deadline {
			done(false)
			return
		}
		sleep := counterBackoff + s.drawDuration(counterBackoff)
		if left := s.now.Truncate(time.Second) + time.Second - s.now; left < counterNear {
			sleep = left + s.drawDuration(counterSpread)
		}
		s.scheduleAfter(sleep, func() { l.tryGrant(deadline, done) })
	})
}

// tokenBucket is one item: a process reads it, then writes it on the condition that
// no other process wrote in between.
type tokenBucket struct {
	sim      *simulation
	limiter  Limiter
	tokens   float64
	refilled time.Duration
	version  int
}

func (l *tokenBucket) awaitGrant(done func(bool)) {
	l.tryGrant(l.sim.now+l.limiter.MaxWait, done)
}

func (l *tokenBucket) tryGrant(deadline time.Duration, done func(bool)) {
	s := l.sim
	read, version := s.now, l.version
	tokens := min(float64(l.limiter.Burst), l.tokens+(read-l.refilled).Seconds()*l.limiter.Rate)
	if tokens < 1 {
		wait := time.Duration(float64(time.Second) / l.limiter.Rate)
		s.scheduleAfter(s.RoundTrip, func() { l.retryLater(wait, deadline, done) })
		return
	}
	s.scheduleAfter(s.RoundTrip, func() {
		if l.version != version {
			l.retryLater(bucketBackoff, deadline, done)
			return
		}
		l.tokens, l.refilled = tokens-1, read
		l.version++
		s.scheduleAfter(s.RoundTrip, func() { done(true) })
	})
}

func (l *tokenBucket) retryLater(wait, deadline time.Duration, done func(bool)) {
	s := l.sim
	if s.now > deadline {
		done(false)
		return
	}
	s.scheduleAfter(wait+s.drawDuration(wait/2), func() { l.tryGrant(deadline, done) })
}
