package index

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/temporal-dsql/temporal-dsql/internal/budget"
)

// sqlitePragmas allow readers next to one writer, make writers wait for each other, and make commits survive power
// failures. Transactions start as writers, so that none fails half-way.
const sqlitePragmas = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"

// OpenSQLite opens the database in a file, creating it if needed. It calls onRetry for each transaction repeated after a
// conflict.
func OpenSQLite(path string, onRetry func()) (*Index, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// SQLite would create it readable for others; its log takes the mode of the database
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
		_ = f.Close()
	}
	name := (&url.URL{Scheme: "file", Path: path, RawQuery: sqlitePragmas}).String()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	// each connection has its own cache
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return &Index{db: db, dialect: sqliteDialect, onRetry: onRetry, close: db.Close}, nil
}

// Pooled connections close well before DSQL's limit of 60 minutes, at different times.
const (
	connectionLifetime = 50 * time.Minute
	connectionJitter   = 5 * time.Minute
	connectionIdle     = 10 * time.Minute
	// a connection that takes longer fails, and the next caller tries again
	connectTimeout = 5 * time.Second
	// a connection whose query ran out of time is cancelled in this time, and drained in the same time
	closeTimeout = time.Second
)

// Open opens postgres://… or dsql://[USER@]ENDPOINT[:PORT][/DATABASE][?region=REGION]. It calls onRetry for each
// transaction repeated after a conflict.
func Open(ctx context.Context, address string, onRetry func()) (*Index, error) {
	u, err := url.Parse(address)
	if err != nil {
		// url.Parse's error repeats its input, including passwords
		return nil, &RequestError{"the database address is not a valid URL", "use postgres://USER@HOST/DATABASE or dsql://ENDPOINT"}
	}
	switch u.Scheme {
	case "postgres", "postgresql":
		cfg, err := pgxpool.ParseConfig(address)
		if err != nil {
			return nil, err
		}
		// the isolation of DSQL's transactions
		cfg.ConnConfig.RuntimeParams["default_transaction_isolation"] = "repeatable read"
		return openPool(ctx, cfg, postgresDialect, onRetry)
	case "dsql":
		cfg, err := dsqlConfig(ctx, u)
		if err != nil {
			return nil, err
		}
		return openPool(ctx, cfg, dsqlDialect, onRetry)
	}
	return nil, &RequestError{
		fmt.Sprintf("database scheme %q is not supported", u.Scheme),
		"use postgres://USER@HOST/DATABASE or dsql://ENDPOINT",
	}
}

func openPool(ctx context.Context, cfg *pgxpool.Config, d dialect, onRetry func()) (*Index, error) {
	cfg.MaxConnLifetime = connectionLifetime
	cfg.MaxConnLifetimeJitter = connectionJitter
	cfg.MaxConnIdleTime = connectionIdle
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.ConnConfig.BuildFrontend = boundAnswers
	cfg.ConnConfig.DialFunc = dialPooled(cfg.ConnConfig.DialFunc)
	// describes each statement without leaving prepared ones behind
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	return &Index{db: db, dialect: d, onRetry: onRetry, close: func() error {
		err := db.Close()
		pool.Close()
		return err
	}}, nil
}

// dialPooled bounds the time in which pgx closes a connection whose query ran out of time: it sends a request to cancel
// the query over a second connection, and reads what the first still sends. A database that hangs answers neither, and
// the connection keeps its place in the pool for the 15 seconds that pgx waits.
func dialPooled(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		deadline, ok := ctx.Deadline()
		isCancel := ok && time.Until(deadline) > connectTimeout
		if isCancel {
			limited, done := context.WithTimeout(ctx, closeTimeout)
			defer done()
			ctx = limited
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if isCancel {
			err = conn.SetDeadline(time.Now().Add(closeTimeout))
		}
		return pooledConn{conn}, err
	}
}

// pooledConn is a connection that ends within closeTimeout of its closing. Only a closing sets a later deadline.
type pooledConn struct{ net.Conn }

func (c pooledConn) SetDeadline(t time.Time) error {
	if latest := time.Now().Add(closeTimeout); t.After(latest) {
		t = latest
	}
	return c.Conn.SetDeadline(t)
}

const (
	dsqlAdmin = "admin"
	// each connection requests its own token, so short-lived ones suffice
	tokenLifetime = 5 * time.Minute
)

// dsqlConfig connects by TLS, with a token as password.
func dsqlConfig(ctx context.Context, u *url.URL) (*pgxpool.Config, error) {
	region := u.Query().Get("region")
	if _, rest, ok := strings.Cut(u.Hostname(), ".dsql."); ok && region == "" {
		region, _, _ = strings.Cut(rest, ".")
	}
	aws, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return nil, fmt.Errorf("configure DSQL: %w", err)
	}
	aws.HTTPClient, aws.Logger = budget.CloudClient(aws.HTTPClient), logging.Nop{} // it writes to stderr, next to the log
	if aws.Region == "" {
		return nil, &RequestError{"the region of " + u.Hostname() + " is unknown", "set AWS_REGION, or use dsql://ENDPOINT?region=REGION"}
	}
	user := u.User.Username()
	if user == "" {
		user = dsqlAdmin
	}
	connection := url.URL{Scheme: "postgres", User: url.User(user), Host: u.Host, Path: u.Path, RawQuery: "sslmode=verify-full"}
	if strings.Trim(u.Path, "/") == "" {
		connection.Path = "/postgres"
	}
	cfg, err := pgxpool.ParseConfig(connection.String())
	if err != nil {
		return nil, err
	}
	cfg.BeforeConnect = func(ctx context.Context, c *pgx.ConnConfig) error {
		token, err := dsqlToken(ctx, aws.Credentials, u.Hostname(), aws.Region, user)
		c.Password = token
		return err
	}
	return cfg, nil
}

// emptyPayload is the SHA-256 of no bytes.
const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// dsqlToken presigns the request that serves as a login.
func dsqlToken(ctx context.Context, credentials aws.CredentialsProvider, endpoint, region, user string) (string, error) {
	key, err := credentials.Retrieve(ctx)
	if err != nil {
		return "", fmt.Errorf("credentials for DSQL: %w", err)
	}
	action := "DbConnect"
	if user == dsqlAdmin {
		action = "DbConnectAdmin"
	}
	query := url.Values{"Action": {action}, "X-Amz-Expires": {fmt.Sprint(int(tokenLifetime.Seconds()))}}
	login, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+endpoint+"/?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, key, login, emptyPayload, "dsql", region, time.Now())
	return strings.TrimPrefix(signed, "https://"), err
}
