package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Latency is what a proxy adds: to every round trip, and to a commit of rows.
type Latency struct {
	RoundTrip time.Duration `json:"round_trip"`
	Commit    time.Duration `json:"commit"`
}

// Traffic counts what passed through a proxy to one database.
type Traffic struct {
	Reads       float64 `json:"reads"`      // transactions that changed no row
	Writes      float64 `json:"writes"`     // transactions that changed a row
	Rollbacks   float64 `json:"rollbacks"`  // transactions that ended in ROLLBACK, in none of the two above
	Statements  float64 `json:"statements"` // with BEGIN and COMMIT
	Commits     float64 `json:"commits"`    // COMMIT statements
	RowsWritten float64 `json:"rows_written"`
	// BytesWritten are parameters of the statements that changed a row.
	BytesWritten float64 `json:"bytes_written"`
	// BytesRead are the rows that the server received.
	BytesRead float64 `json:"bytes_read"`
	// BilledWritten and BilledRead count at least 1,024 bytes of a writing and
	// 2,048 bytes of every transaction, as Aurora DSQL does.
	BilledWritten float64 `json:"billed_written"`
	BilledRead    float64 `json:"billed_read"`
	// Pings and Prepares are round trips that a busy, warm pool does not need. They
	// are not among the statements.
	Pings    float64 `json:"pings"`
	Prepares float64 `json:"prepares"`
	// HeldSeconds are the seconds from the first message of a transaction to its end.
	HeldSeconds      float64 `json:"held_seconds"`
	StatementSeconds float64 `json:"statement_seconds"` // of the database, without COMMIT
	CommitSeconds    float64 `json:"commit_seconds"`    // of the database
}

func (t *Traffic) fields() []*float64 {
	return []*float64{
		&t.Reads, &t.Writes, &t.Rollbacks, &t.Statements, &t.Commits, &t.RowsWritten, &t.BytesWritten, &t.BytesRead,
		&t.BilledWritten, &t.BilledRead, &t.Pings, &t.Prepares, &t.HeldSeconds, &t.StatementSeconds, &t.CommitSeconds,
	}
}

// addScaled adds a multiple of another traffic.
func (t *Traffic) addScaled(other Traffic, factor float64) {
	mine, others := t.fields(), other.fields()
	for i := range mine {
		*mine[i] += factor * *others[i]
	}
}

// Proxy passes connections on to PostgreSQL, counts what it sees and adds latency.
type Proxy struct {
	listener net.Listener
	target   string

	mutex   sync.Mutex
	latency Latency
	traffic map[trafficKey]*Traffic
}

// trafficKey separates the traffic of a load from a shard's upkeep.
type trafficKey struct {
	database string
	isUpkeep bool
}

// StartProxy listens on a free port of this machine.
func StartProxy(target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, target: target, traffic: map[trafficKey]*Traffic{}}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return p, nil
}

// Address returns where the proxy listens.
func (p *Proxy) Address() string { return p.listener.Addr().String() }

// Stop refuses new connections.
func (p *Proxy) Stop() { _ = p.listener.Close() }

// SetLatency changes the latency that is added from now on.
func (p *Proxy) SetLatency(latency Latency) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.latency = latency
}

// Read returns the traffic so far.
func (p *Proxy) Read() map[trafficKey]Traffic {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	traffic := map[trafficKey]Traffic{}
	for of, t := range p.traffic {
		traffic[of] = *t
	}
	return traffic
}

// query is a statement as far as the proxy understands it.
type query struct {
	verb string // its first word, in capitals
	// isUpkeep reports whether a shard does it for itself, at intervals, however many
	// workflows it has.
	isUpkeep bool
}

// upkeepPattern matches the deletion of what the queues of a shard have processed,
// the reading of its outbound queue, and the storing of its progress.
var upkeepPattern = regexp.MustCompile(
	`(?is)^\s*(DELETE FROM (timer|transfer|visibility|replication|history_immediate|history_scheduled)_tasks\b` +
		`|SELECT .* FROM history_(immediate|scheduled)_tasks\b|UPDATE shards\b|SELECT range_id FROM shards\b.*FOR UPDATE)`,
)

func parseQuery(text string) query {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return query{}
	}
	return query{verb: strings.ToUpper(strings.Trim(fields[0], "(;")), isUpkeep: upkeepPattern.MatchString(text)}
}

// session is one connection through the proxy. The proxy's mutex guards it.
type session struct {
	database string
	queries  map[string]query // prepared statements by name

	pending    []query // statements that the client has sent and the database has not answered
	parameters int     // bytes of the pending statements' parameters
	sent       time.Time

	open        bool // a transaction or a statement on its own
	openSince   time.Time
	executed    bool
	isForLoad   bool // a statement of it is not upkeep
	rolledBack  bool
	rowsWritten float64
	written     float64
	read        float64
	traffic     Traffic // of the open transaction
}

func (p *Proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	s := &session{queries: map[string]query{}}
	fromClient, fromServer := bufio.NewReaderSize(client, 64<<10), bufio.NewReaderSize(server, 64<<10)
	startup, err := readStartup(fromClient, client)
	if err != nil {
		return
	}
	s.database = startup.database
	if _, err := server.Write(startup.message); err != nil {
		return
	}
	go func() {
		defer func() { _ = client.Close() }()
		_ = p.passAnswers(s, fromServer, client)
	}()
	_ = p.passQueries(s, fromClient, server)
}

type startupMessage struct {
	message  []byte
	database string
}

const sslRequest = 80877103

// readStartup reads the first message of a connection, and refuses TLS before it.
func readStartup(from *bufio.Reader, client net.Conn) (startupMessage, error) {
	for {
		header := make([]byte, 8)
		if _, err := io.ReadFull(from, header); err != nil {
			return startupMessage{}, err
		}
		size := binary.BigEndian.Uint32(header)
		if size < 8 || size > 10000 {
			return startupMessage{}, fmt.Errorf("a startup message of %d bytes", size)
		}
		if binary.BigEndian.Uint32(header[4:]) == sslRequest {
			if _, err := client.Write([]byte("N")); err != nil {
				return startupMessage{}, err
			}
			continue
		}
		body := make([]byte, size-8)
		if _, err := io.ReadFull(from, body); err != nil {
			return startupMessage{}, err
		}
		m := startupMessage{message: append(header, body...)}
		fields := strings.Split(string(body), "\x00")
		for i := 0; i+1 < len(fields); i += 2 {
			if fields[i] == "database" {
				m.database = fields[i+1]
			}
		}
		return m, nil
	}
}

// readMessage appends a message with its type and length to the buffer, and
// returns its body too.
func readMessage(from *bufio.Reader, buffer []byte) (whole, body []byte, kind byte, err error) {
	header := make([]byte, 5)
	if _, err := io.ReadFull(from, header); err != nil {
		return buffer, nil, 0, err
	}
	size := binary.BigEndian.Uint32(header[1:])
	if size < 4 {
		return buffer, nil, 0, errors.New("a message shorter than its length")
	}
	buffer = append(buffer, header...)
	start := len(buffer)
	buffer = append(buffer, make([]byte, size-4)...)
	_, err = io.ReadFull(from, buffer[start:])
	return buffer, buffer[start:], header[0], err
}

// cutString returns the text before the next zero byte, and the rest.
func cutString(body []byte) (string, []byte) {
	for i, b := range body {
		if b == 0 {
			return string(body[:i]), body[i+1:]
		}
	}
	return string(body), nil
}

// passQueries forwards what the client sends, one round trip at a time.
func (p *Proxy) passQueries(s *session, from *bufio.Reader, server net.Conn) error {
	var buffer []byte
	var bound query
	for {
		var body []byte
		var kind byte
		var err error
		buffer, body, kind, err = readMessage(from, buffer)
		if err != nil {
			return err
		}
		p.mutex.Lock()
		if !s.open && kind != 'X' {
			s.open, s.openSince = true, time.Now()
		}
		switch kind {
		case 'P': // Parse
			name, rest := cutString(body)
			text, _ := cutString(rest)
			s.queries[name] = parseQuery(text)
		case 'B': // Bind
			_, rest := cutString(body)
			name, _ := cutString(rest)
			bound = s.queries[name]
			s.parameters += len(body)
		case 'E': // Execute
			s.pending = append(s.pending, bound)
		case 'Q': // Query
			text, _ := cutString(body)
			s.pending = append(s.pending, parseQuery(text))
			s.parameters += len(body)
		}
		if kind != 'Q' && kind != 'S' && kind != 'H' && kind != 'X' {
			p.mutex.Unlock()
			continue
		}
		delay := p.latency.RoundTrip
		if s.commitsRows() {
			delay += p.latency.Commit
		}
		p.mutex.Unlock()
		if kind != 'X' && delay > 0 {
			time.Sleep(delay)
		}
		p.mutex.Lock()
		s.sent = time.Now()
		p.mutex.Unlock()
		if _, err := server.Write(buffer); err != nil {
			return err
		}
		buffer = buffer[:0]
	}
}

// commitsRows reports whether the pending statements commit rows: a COMMIT after
// changes, or a change outside a transaction block.
func (s *session) commitsRows() bool {
	for _, query := range s.pending {
		switch query.verb {
		case "COMMIT":
			return s.rowsWritten > 0
		case "INSERT", "UPDATE", "DELETE":
			return !s.executed
		}
	}
	return false
}

// passAnswers forwards what the database answers, and counts it.
func (p *Proxy) passAnswers(s *session, from *bufio.Reader, client net.Conn) error {
	var buffer []byte
	started := false
	for {
		var body []byte
		var kind byte
		var err error
		buffer, body, kind, err = readMessage(from, buffer)
		if err != nil {
			return err
		}
		switch kind {
		case 'D': // DataRow
			p.mutex.Lock()
			s.read += float64(len(body))
			p.mutex.Unlock()
		case 'C': // CommandComplete
			tag, _ := cutString(body)
			if rows := changedRows(tag); rows > 0 {
				p.mutex.Lock()
				s.rowsWritten += rows
				s.written += float64(s.parameters)
				p.mutex.Unlock()
			}
		case 'Z': // ReadyForQuery
			p.mutex.Lock()
			if started {
				p.finishRoundTrip(s, body[0])
			}
			started = true
			p.mutex.Unlock()
		}
		if kind == 'Z' || from.Buffered() == 0 {
			if _, err := client.Write(buffer); err != nil {
				return err
			}
			buffer = buffer[:0]
		}
	}
}

// changedRows returns the rows of a command that changes rows: "INSERT 0 1", "UPDATE 1".
func changedRows(tag string) float64 {
	fields := strings.Fields(tag)
	if len(fields) < 2 {
		return 0
	}
	switch fields[0] {
	case "INSERT", "UPDATE", "DELETE":
		rows, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			return 0
		}
		return rows
	}
	return 0
}

// finishRoundTrip counts what the database has just answered. The status is that
// of the transaction: I (idle), T (open) or E (failed).
func (p *Proxy) finishRoundTrip(s *session, status byte) {
	t := &s.traffic
	seconds := time.Since(s.sent).Seconds()
	if len(s.pending) == 0 {
		t.Prepares++
	}
	for _, query := range s.pending {
		switch query.verb {
		case "--", "": // what pgx sends on a connection that rested for a second
			t.Pings++
			continue
		case "BEGIN":
			t.StatementSeconds += seconds
		case "COMMIT":
			t.Commits++
			t.CommitSeconds += seconds
		case "ROLLBACK":
			s.rolledBack = true
			t.StatementSeconds += seconds
		default:
			t.StatementSeconds += seconds
			s.isForLoad = s.isForLoad || !query.isUpkeep
		}
		s.executed = true
		t.Statements++
	}
	s.pending, s.parameters = s.pending[:0], 0
	if status != 'I' || !s.open {
		return
	}
	s.open = false
	t.HeldSeconds += time.Since(s.openSince).Seconds()
	switch {
	case !s.executed: // a ping or a preparation
	case s.rolledBack:
		t.Rollbacks++
	case s.rowsWritten > 0:
		t.Writes++
		t.BilledWritten += max(s.written, 1024)
		t.BilledRead += max(s.read, 2048)
	default:
		t.Reads++
		t.BilledRead += max(s.read, 2048)
	}
	if s.executed && !s.rolledBack {
		t.RowsWritten += s.rowsWritten
		t.BytesWritten += s.written
		t.BytesRead += s.read
	}
	of := trafficKey{database: s.database, isUpkeep: s.executed && !s.isForLoad && !s.rolledBack}
	if p.traffic[of] == nil {
		p.traffic[of] = &Traffic{}
	}
	p.traffic[of].addScaled(s.traffic, 1)
	s.traffic = Traffic{}
	s.executed, s.isForLoad, s.rolledBack, s.rowsWritten, s.written, s.read = false, false, false, 0, 0, 0
}
