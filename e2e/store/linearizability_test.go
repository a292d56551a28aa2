package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"github.com/temporal-dsql/temporal-dsql/internal/profile/store"
)

// The mixed load of TestLinearizability.
const (
	linearClients = 64
	// operations without LINEARIZABILITY_OPERATIONS
	linearOperations = 4000
	// registers in use at a time, and operations after which others follow: a register has some 250 operations
	activeRegisters   = 8
	operationsOfEpoch = 2000
	profilesOfCluster = 3
	// how long the checker can take for one register
	checkTimeout = time.Minute
)

// Clients of two services on one PostgreSQL see one baseline for each cluster, and one profile for each idempotency
// key, as if every operation happened at one moment between its request and its answer. Meanwhile one service after
// the other is killed; an operation without an answer may have happened or not.
func TestLinearizability(t *testing.T) {
	total := linearOperations
	if text := os.Getenv("LINEARIZABILITY_OPERATIONS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		total = n
	}
	program, prometheus := buildProgram(t), startEmptyPrometheus(t)
	documents, address := t.TempDir(), startPostgres(t).database(t)
	var services []*service
	for range 2 {
		services = append(services, startService(t, program, "--data-dir", documents, "--database", address,
			"--prometheus-url", prometheus))
	}
	load := &mixedLoad{t: t, services: services, template: exportProfile(t, services[0]), start: time.Now(), total: int64(total)}
	load.run()

	history := load.histories()
	var unknown int
	var slowest time.Duration
	for _, partition := range history {
		for _, o := range partition {
			if o.Return == never {
				unknown++
			}
		}
		began := time.Now()
		model := registerModel
		if _, isKey := partition[0].Input.(keyInput); isKey {
			model = keyModel
		}
		switch result, info := porcupine.CheckOperationsVerbose(model, partition, checkTimeout); result {
		case porcupine.Illegal:
			t.Errorf("%d operations are not linearizable:\n%s", len(partition), describeHistory(model, partition, &info))
		case porcupine.Unknown:
			t.Errorf("%d operations were not checked within %s", len(partition), checkTimeout)
		}
		slowest = max(slowest, time.Since(began))
	}
	load.checkKeys()
	t.Logf("%d operations in %s, %d of them without an answer, %d refused for load, in %d histories; the slowest check took %s",
		load.recorded(), load.took.Round(time.Second), unknown, load.busy.Load(), len(history), slowest.Round(time.Millisecond))
}

// never is the time of an answer that did not come.
const never = math.MaxInt64

// mixedLoad sends operations and records what clients see.
type mixedLoad struct {
	t        *testing.T
	services []*service
	template map[string]any
	start    time.Time
	took     time.Duration
	total    int64

	sent, busy atomic.Int64
	mu         sync.Mutex
	registers  map[string][]porcupine.Operation
	keys       map[string][]porcupine.Operation
}

// run sends all operations, and kills a service after each quarter.
func (l *mixedLoad) run() {
	l.registers, l.keys = map[string][]porcupine.Operation{}, map[string][]porcupine.Operation{}
	var clients sync.WaitGroup
	for id := range linearClients {
		clients.Go(func() {
			c := &loadClient{
				mixedLoad: l,
				id:        id,
				random:    rand.New(rand.NewPCG(17, uint64(id))),
				seen:      map[string]string{},
				tags:      map[string]profileTag{},
			}
			for n := l.sent.Add(1); n <= l.total && !l.t.Failed(); n = l.sent.Add(1) {
				c.sendOne(n)
			}
		})
	}
	stop := make(chan struct{})
	var kills sync.WaitGroup
	kills.Go(func() {
		for i := int64(1); i < 4; i++ {
			for l.sent.Load() < l.total*i/4 {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
			victim := l.services[i%2]
			victim.kill(l.t)
			victim.start(l.t)
		}
	})
	clients.Wait()
	l.took = time.Since(l.start)
	close(stop)
	kills.Wait()
}

// record adds an operation to a history.
func (l *mixedLoad) record(histories map[string][]porcupine.Operation, name string, o porcupine.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	histories[name] = append(histories[name], o)
}

// histories returns the operations of each register and each key.
func (l *mixedLoad) histories() (all [][]porcupine.Operation) {
	for _, of := range []map[string][]porcupine.Operation{l.registers, l.keys} {
		for _, operations := range of {
			all = append(all, operations)
		}
	}
	return all
}

func (l *mixedLoad) recorded() (n int) {
	for _, operations := range l.histories() {
		n += len(operations)
	}
	return n
}

// checkKeys checks that no key has created two profiles.
func (l *mixedLoad) checkKeys() {
	names, cursor := map[string]int{}, ""
	for {
		var page struct {
			Profiles   []struct{ Name string }
			NextCursor string `json:"next_cursor"`
		}
		l.services[0].mustSend(l.t, http.MethodGet, "/profiles?cluster=keys&limit=500&cursor="+cursor, nil, http.StatusOK, &page)
		for _, p := range page.Profiles {
			key, _, _ := strings.Cut(p.Name, " ")
			names[key]++
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	for key, n := range names {
		if n > 1 {
			l.t.Errorf("key %s created %d profiles", key, n)
		}
	}
	if len(names) == 0 {
		l.t.Error("no profile was created by a key")
	}
}

// profileTag is the ETag of a profile as a client read it.
type profileTag struct {
	tag      string
	baseline bool
}

// loadClient sends one operation after the other.
type loadClient struct {
	*mixedLoad
	id     int
	random *rand.Rand
	seen   map[string]string     // baselines by cluster
	tags   map[string]profileTag // by id of the profile
}

// sendOne sends the operation of this number and records it.
func (c *loadClient) sendOne(n int64) {
	epoch := n / operationsOfEpoch
	if c.random.IntN(50) == 0 {
		c.createByKey(fmt.Sprintf("key-%d-%d", epoch, c.random.IntN(8)))
		return
	}
	cluster := fmt.Sprintf("cluster-%d-%d", epoch, c.random.IntN(activeRegisters))
	number := c.random.IntN(profilesOfCluster)
	id := uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %d", cluster, number)).String()
	in := registerInput{profile: number}
	method, path, headers, body := http.MethodGet, "/profiles/"+id, []string(nil), []byte(nil)
	switch draw := c.random.IntN(100); {
	case draw < 42:
		in.operation, path = opGet, path+"/baseline"
	case draw < 52:
		in.operation = opRead
	case draw < 87:
		in.operation, method, path = opSet, http.MethodPost, path+"/baseline"
		expected, known := c.seen[cluster]
		tag, read := c.tags[id]
		switch kind := c.random.IntN(4); {
		case kind == 0:
			in.condition, headers = ifNone, []string{"If-None-Match: *"}
		case kind == 1 && known:
			in.condition, in.expected, headers = ifBaseline, expected, []string{`If-Match: "` + expected + `"`}
		case kind == 2 && read:
			in.condition, in.wasBaseline, headers = ifUnchanged, tag.baseline, []string{"If-Match: " + tag.tag}
		}
	case draw < 92:
		in.operation, method = opDelete, http.MethodDelete
	default:
		in.operation, method, path, body = opImport, http.MethodPost, "/profiles/import", copyProfile(c.t, c.template, id, cluster)
	}
	in.id = id
	called := time.Since(c.start)
	status, header, data, err := c.pickService().exchange(context.Background(), method, path, body, headers...)
	if isNotSent(err) {
		c.waitForService()
		return
	}
	o := porcupine.Operation{ClientId: c.id, Input: in, Call: int64(called), Return: int64(time.Since(c.start))}
	out := registerOutput{status: status}
	switch {
	case err != nil || status == http.StatusServiceUnavailable || status == http.StatusBadGateway:
		if in.operation == opGet || in.operation == opRead {
			return
		}
		out.unknown, o.Return = true, never
	case status == http.StatusTooManyRequests:
		c.busy.Add(1)
		return
	case status >= http.StatusInternalServerError, status == http.StatusBadRequest:
		c.t.Errorf("%s %s: %d: %s", method, path, status, data)
		return
	default:
		c.readAnswer(&in, &out, cluster, header, data)
	}
	o.Output = out
	c.record(c.registers, cluster, o)
}

// readAnswer reads what an answer says, and remembers it for conditions of later requests.
func (c *loadClient) readAnswer(in *registerInput, out *registerOutput, cluster string, header http.Header, data []byte) {
	var answer struct {
		ProfileID  string `json:"profile_id"`
		Previous   string `json:"previous_profile_id"`
		IsBaseline bool   `json:"is_baseline"`
		Detail     string `json:"detail"`
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &answer); err != nil {
			c.t.Errorf("%v: %s", err, data)
		}
	}
	out.noBaseline = answer.Detail == "no baseline is set"
	out.isDeleting = out.status == http.StatusConflict && answer.Detail == store.ErrDeleting.Error()
	switch out.baseline, out.previous, out.isBaseline = answer.ProfileID, answer.Previous, answer.IsBaseline; {
	case out.status != http.StatusOK:
	case in.operation == opGet, in.operation == opSet:
		c.seen[cluster] = out.baseline
	case in.operation == opRead:
		c.tags[in.id] = profileTag{header.Get("ETag"), out.isBaseline}
	}
}

// isNotSent reports whether a request has not reached a service, because none listened.
func isNotSent(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// waitForService waits a moment for a service to listen again. The operation is sent another time.
func (c *loadClient) waitForService() {
	time.Sleep(5 * time.Millisecond)
	c.sent.Add(-1)
}

func (c *loadClient) pickService() *service { return c.services[c.random.IntN(len(c.services))] }

// createByKey creates a profile by a key that other clients use too, some of them for another request.
func (c *loadClient) createByKey(key string) {
	in := keyInput{variant: c.random.IntN(8) / 7}
	body := creationBody(c.t, fmt.Sprintf("%s %d", key, in.variant), "keys")
	called := time.Since(c.start)
	status, data, err := c.pickService().send(context.Background(), http.MethodPost, "/profiles", body, "Idempotency-Key: "+key)
	if isNotSent(err) {
		c.waitForService()
		return
	}
	o := porcupine.Operation{ClientId: c.id, Input: in, Call: int64(called), Return: int64(time.Since(c.start))}
	out := keyOutput{status: status}
	switch {
	case err != nil || status == http.StatusServiceUnavailable || status == http.StatusBadGateway:
		out.unknown, o.Return = true, never
	case status == http.StatusTooManyRequests:
		c.busy.Add(1)
		return
	case status == http.StatusCreated:
		var created struct{ ID string }
		if err := json.Unmarshal(data, &created); err != nil {
			c.t.Errorf("%v: %s", err, data)
		}
		out.id = created.ID
	case status != http.StatusUnprocessableEntity:
		c.t.Errorf("POST /profiles: %d: %s", status, data)
		return
	}
	o.Output = out
	c.record(c.keys, key, o)
}

// Operations on a register, and conditions under which a baseline is set.
const (
	opGet    = "get the baseline"
	opSet    = "set the baseline"
	opRead   = "read"
	opDelete = "delete"
	opImport = "import"

	ifNone      = "if there is none"
	ifBaseline  = "if it is "
	ifUnchanged = "if the profile is as it was read"
)

type registerInput struct {
	operation string
	profile   int
	id        string
	condition string
	expected  string // with ifBaseline
	// whether the profile was the baseline when it was read, with ifUnchanged
	wasBaseline bool
}

type registerOutput struct {
	unknown            bool
	status             int
	baseline, previous string
	noBaseline         bool
	isDeleting         bool // an import that meets a deletion
	isBaseline         bool
}

// registerState is a cluster: which profiles exist, and which one is the baseline.
type registerState struct {
	exists   [profilesOfCluster]bool
	baseline string
}

// registerModel is what one client alone would see.
var registerModel = porcupine.Model{
	Init: func() any { return registerState{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(registerState), input.(registerInput), output.(registerOutput)
		next, want := stepRegister(s, in)
		if out.unknown {
			return true, next // what did not happen is the last
		}
		switch {
		case in.operation == opGet && out.status == http.StatusOK:
			return out.baseline == s.baseline, s
		case in.operation == opGet && out.noBaseline:
			return s.baseline == "", s
		// a deletion that a kill interrupted hides the profile, and keeps its id until a sweep ends it
		case in.operation == opImport && out.isDeleting:
			return !s.exists[in.profile], s
		// the condition is refused before or after the profile is looked for
		case in.operation == opSet && out.status == http.StatusPreconditionFailed:
			return !isConditionMet(s, in), s
		case out.status != want:
			return false, s
		case in.operation == opSet && out.status == http.StatusOK:
			return out.baseline == in.id && out.previous == s.baseline, next
		case in.operation == opRead && out.status == http.StatusOK:
			return out.isBaseline == (s.baseline == in.id), s
		}
		return true, next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
}

// stepRegister returns the state after an operation, and the status of its answer.
func stepRegister(s registerState, in registerInput) (registerState, int) {
	switch {
	case in.operation == opImport:
		s.exists[in.profile] = true
		return s, http.StatusCreated
	case !s.exists[in.profile]:
		return s, http.StatusNotFound
	case in.operation == opDelete && s.baseline == in.id:
		return s, http.StatusConflict
	case in.operation == opDelete:
		s.exists[in.profile] = false
		return s, http.StatusNoContent
	case in.operation == opSet && !isConditionMet(s, in):
		return s, http.StatusPreconditionFailed
	case in.operation == opSet:
		s.baseline = in.id
	}
	return s, http.StatusOK
}

func isConditionMet(s registerState, in registerInput) bool {
	switch in.condition {
	case ifNone:
		return s.baseline == ""
	case ifBaseline:
		return s.baseline == in.expected
	case ifUnchanged:
		return in.wasBaseline == (s.baseline == in.id)
	}
	return true
}

// keyInput is a creation by a key; requests of different variants differ.
type keyInput struct{ variant int }

type keyOutput struct {
	unknown bool
	status  int
	id      string
}

// keyState is the request that used a key first.
type keyState struct {
	used    bool
	variant int
	id      string // "" while no client has seen it
}

// keyModel is what one client alone would see.
var keyModel = porcupine.Model{
	Init: func() any { return keyState{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(keyState), input.(keyInput), output.(keyOutput)
		switch {
		case out.unknown && s.used:
			return true, s
		case out.unknown:
			return true, keyState{used: true, variant: in.variant}
		case out.status == http.StatusUnprocessableEntity:
			return s.used && s.variant != in.variant, s
		case s.used && (s.variant != in.variant || s.id != "" && s.id != out.id):
			return false, s
		}
		return true, keyState{true, in.variant, out.id}
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %+v", input, output) },
}

// describeHistory returns the end of the longest part of a history that can be explained, in its order, and the first
// answers that do not follow.
func describeHistory(model porcupine.Model, history []porcupine.Operation, info *porcupine.LinearizationInfo) string {
	var longest []porcupine.Operation
	for _, part := range info.PartialLinearizationsOperations()[0] {
		if len(part) > len(longest) {
			longest = part
		}
	}
	type moment struct {
		client       int
		call, answer int64
	}
	explained, state := map[moment]bool{}, model.Init()
	var text strings.Builder
	for i, o := range longest {
		explained[moment{o.ClientId, o.Call, o.Return}] = true
		_, state = model.Step(state, o.Input, o.Output)
		if i >= len(longest)-20 {
			fmt.Fprintf(&text, "%s, then %+v\n", describeOperation(model, o), state)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(history), func(o porcupine.Operation) bool {
		return explained[moment{o.ClientId, o.Call, o.Return}]
	})
	slices.SortFunc(rest, func(a, b porcupine.Operation) int { return cmp.Compare(a.Return, b.Return) })
	for _, o := range rest[:min(len(rest), 20)] {
		fmt.Fprintf(&text, "unexplained: %s\n", describeOperation(model, o))
	}
	return text.String()
}

func describeOperation(model porcupine.Model, o porcupine.Operation) string {
	ended := "no answer"
	if o.Return != never {
		ended = time.Duration(o.Return).String()
	}
	return fmt.Sprintf("%s to %s, client %d: %s", time.Duration(o.Call), ended, o.ClientId, model.DescribeOperation(o.Input, o.Output))
}
