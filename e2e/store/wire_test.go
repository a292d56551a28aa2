package store

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// wireProxy passes PostgreSQL's protocol on, and lets rules decide about each statement.
type wireProxy struct {
	net.Listener
	socket string // of PostgreSQL
	// without a certificate TLS is refused
	certificate *tls.Config
	// newRules returns the rules of one connection
	newRules func() wireRules
}

// wireRules decide what becomes of a connection's statements.
type wireRules interface {
	// start checks a connection. The token is "" unless login asks for one.
	start(parameters map[string]string, token string) *pgproto3.ErrorResponse
	asksForToken() bool
	// decide is called for each statement, before it is sent on.
	decide(statement string) decision
	// completed is called with the tag of each statement that PostgreSQL has run.
	completed(tag string)
}

// decision says what becomes of a statement; the zero value passes it on.
type decision struct {
	rewritten string // instead of the statement
	// refusal is the answer, instead of PostgreSQL's. The statement is not run, and the transaction is aborted.
	refusal *pgproto3.ErrorResponse
	// lie is the answer to a statement that is run
	lie *pgproto3.ErrorResponse
	// cutBefore and cutAfter close the connection, before the statement is run or instead of its answer
	cutBefore, cutAfter bool
	delay               time.Duration
	hang                bool
	garbage             bool // instead of an answer
}

// startWireProxy starts a proxy for the time of the test.
func startWireProxy(t testing.TB, socket string, certificate *tls.Config, newRules func() wireRules) *wireProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &wireProxy{l, socket, certificate, newRules}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				_ = p.serve(c) // the client sees the end of its connection
			}()
		}
	}()
	return p
}

var errCut = errors.New("the proxy cuts the connection")

// serve runs one connection.
func (p *wireProxy) serve(client net.Conn) error {
	start, client, err := p.receiveStart(client)
	if err != nil || start == nil {
		return err
	}
	defer func() { _ = client.Close() }()
	rules, backend := p.newRules(), pgproto3.NewBackend(client, client)
	token := ""
	if rules.asksForToken() {
		backend.Send(&pgproto3.AuthenticationCleartextPassword{})
		if err := errors.Join(backend.Flush(), backend.SetAuthType(pgproto3.AuthTypeCleartextPassword)); err != nil {
			return err
		}
		answer, err := backend.Receive()
		if err != nil {
			return err
		}
		if password, ok := answer.(*pgproto3.PasswordMessage); ok {
			token = password.Password
		}
	}
	if refusal := rules.start(start.Parameters, token); refusal != nil {
		backend.Send(refusal)
		return backend.Flush()
	}
	server, err := net.Dial("unix", filepath.Join(p.socket, ".s.PGSQL.5432"))
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	frontend := pgproto3.NewFrontend(server, server)
	frontend.Send(start)
	if err := frontend.Flush(); err != nil {
		return err
	}
	s := &wireSession{rules: rules, client: client, backend: backend, frontend: frontend}
	go func() {
		_ = s.passAnswers()
		_ = client.Close()
		_ = server.Close()
	}()
	return s.passStatements()
}

// receiveStart reads the first messages of a connection, which may turn to TLS.
func (p *wireProxy) receiveStart(client net.Conn) (*pgproto3.StartupMessage, net.Conn, error) {
	for {
		first, err := pgproto3.NewBackend(client, client).ReceiveStartupMessage()
		if err != nil {
			return nil, client, err
		}
		switch m := first.(type) {
		case *pgproto3.StartupMessage:
			return m, client, nil
		case *pgproto3.SSLRequest:
			if p.certificate == nil {
				_, err = client.Write([]byte("N"))
			} else if _, err = client.Write([]byte("S")); err == nil {
				client = tls.Server(client, p.certificate)
			}
			if err != nil {
				return nil, client, err
			}
		default:
			return nil, client, nil // a request to cancel
		}
	}
}

// wireSession is a connection after its start.
type wireSession struct {
	rules    wireRules
	client   net.Conn
	backend  *pgproto3.Backend
	frontend *pgproto3.Frontend

	mu sync.Mutex
	// what the next answers become, oldest first
	replacements []replacement
}

// replacement is what becomes of PostgreSQL's next answer to a statement.
type replacement struct {
	with *pgproto3.ErrorResponse
	cut  bool
	// isError replaces PostgreSQL's error, otherwise its success
	isError bool
}

// invalidStatement makes PostgreSQL report an error and abort the transaction.
const invalidStatement = "refused"

// passStatements passes the client's messages on.
func (s *wireSession) passStatements() error {
	for {
		m, err := s.backend.Receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *pgproto3.Query:
			text, err := s.applyRules(m.String)
			if err != nil {
				return err
			}
			m.String = text
		case *pgproto3.Parse:
			text, err := s.applyRules(m.Query)
			if err != nil {
				return err
			}
			m.Query = text
		}
		s.frontend.Send(m)
		if err := s.frontend.Flush(); err != nil {
			return err
		}
	}
}

// applyRules returns the statement to send on.
func (s *wireSession) applyRules(statement string) (string, error) {
	d := s.rules.decide(statement)
	time.Sleep(d.delay)
	if d.rewritten != "" {
		statement = d.rewritten
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case d.hang:
		var rest [1]byte
		for { // until the client leaves
			if _, err := s.client.Read(rest[:]); err != nil {
				return "", err
			}
		}
	case d.garbage:
		if _, err := s.client.Write([]byte("HTTP/1.1 502 Bad Gateway\r\n\r\n")); err != nil {
			return "", err
		}
		return "", errCut
	case d.cutBefore:
		return "", errCut
	case d.refusal != nil && isCommit(statement):
		s.replacements = append(s.replacements, replacement{with: d.refusal})
		return "ROLLBACK", nil
	case d.refusal != nil:
		s.replacements = append(s.replacements, replacement{with: d.refusal, isError: true})
		return invalidStatement, nil
	case d.cutAfter:
		s.replacements = append(s.replacements, replacement{cut: true})
	case d.lie != nil:
		s.replacements = append(s.replacements, replacement{with: d.lie})
	}
	return statement, nil
}

// passAnswers passes PostgreSQL's messages on.
func (s *wireSession) passAnswers() error {
	for {
		m, err := s.frontend.Receive()
		if err != nil {
			return err
		}
		var replaced pgproto3.BackendMessage
		switch m := m.(type) {
		case *pgproto3.CommandComplete:
			s.rules.completed(string(m.CommandTag))
			replaced, err = s.replace(false)
		case *pgproto3.ErrorResponse:
			replaced, err = s.replace(true)
		}
		if err != nil {
			return err
		}
		if replaced != nil {
			m = replaced
		}
		s.backend.Send(m)
		if err := s.backend.Flush(); err != nil {
			return err
		}
	}
}

// replace returns the message instead of PostgreSQL's, if there is one.
func (s *wireSession) replace(isError bool) (pgproto3.BackendMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.replacements) == 0 || s.replacements[0].isError != isError {
		return nil, nil
	}
	r := s.replacements[0]
	s.replacements = s.replacements[1:]
	if r.cut {
		return nil, errCut
	}
	return r.with, nil
}

func newWireError(code, message string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: code, Message: message}
}

func isCommit(statement string) bool {
	return strings.EqualFold(strings.Trim(statement, " ;"), "commit")
}

// writtenRows returns the number of rows in the tag of a statement that writes.
func writtenRows(tag string) int {
	m := writeTag.FindStringSubmatch(tag)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // digits
	return n
}

var writeTag = regexp.MustCompile(`^(?:INSERT 0|UPDATE|DELETE) (\d+)$`)

// newCertificate returns a certificate for 127.0.0.1, and the file of its authority.
func newCertificate(t testing.TB) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	like := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	data, err := x509.CreateCertificate(rand.Reader, like, like, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: data}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{data}, PrivateKey: key}}}, file
}
